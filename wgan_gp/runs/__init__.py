"""Runs: training in another process, seen through one SQLite file.

names      where runs live and what they are called
locks      who is alive: a lock per run, a lock per slot, one lock for the queue
schema     the tables, their versions, and connections that speak in LabErrors
arrays     what is in a moment and a scene
rows       what each column of a file may hold
thinning   fewer moments and fewer rows, evenly spread
file       RunFile: what anybody may write: a new run, a state, a command
writer     RunWriter: the events of a training into the file
reader     RunReader: status, curves, moments out of the file
record     the front door: all of the above that others need, and list, delete, export
worker     python -m wgan_gp.runs.worker FILE
warm       worker processes, and a few that wait with their imports done
starting   a worker on its way to its run
launcher   starts workers as commands, queues what does not fit, stops, resumes
"""
