"""How fast the trainer is, beside the loop most repositories have: the same nets and numbers, in one process.

textbook   that loop
cases      the nets that are timed
compare    parity first, then speed
flops      counted arithmetic
report     the figures as JSON or a table
"""
