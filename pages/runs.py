"""Every run: open on its page, resume, extend, delete."""

import streamlit as st

from wgan_gp.errors import LabError
from wgan_gp.runs import launcher, record
from wgan_gp.runs.states import RESUMABLE, UNFINISHED
from wgan_gp.ui.controls import control, extend, extendable
from wgan_gp.ui.runs_table import EMPTY, MOST_ON_PAGE, PAGES, page_of, run_table
from wgan_gp.ui.words import count, literal

MOST_GENERATORS = 2


@st.dialog("Delete for good?")
def confirm_deletion(run_ids: list[str]) -> None:
    st.write(f"{count(len(run_ids), 'run')} with all samples, curves and weights:")
    st.markdown("\n".join(f"- {literal(run_id)}" for run_id in run_ids))
    if st.button("Delete", type="primary", icon=":material/delete:", key="really-delete"):
        try:
            for run_id in run_ids:
                record.delete(run_id)
        except LabError as error:
            st.error(literal(str(error)))
            return
        st.rerun()


def actions(chosen: list[record.Status]) -> None:
    ids = [run.id for run in chosen]
    alive = [run.id for run in chosen if run.state in UNFINISHED]
    resumable = [run.id for run in chosen if run.state in RESUMABLE and run.step < run.steps]
    with st.container(horizontal=True, gap="small"):
        pages = {page_of(run) for run in ids[: max(MOST_ON_PAGE.values())]}
        page = pages.pop() if len(pages) == 1 else "duel.py"
        most = MOST_ON_PAGE[page]
        if st.button(
            f"Open in {PAGES[page]}", type="primary", disabled=not 1 <= len(ids) <= most,
            help=f"Tick 1 to {most} runs.", key="open",
        ):  # fmt: skip
            st.switch_page(page, query_params={"run": ids})
        learnt = all(run.step > 0 and page_of(run.id) != "critic_lab.py" for run in chosen)
        if st.button(
            "Generate", icon=":material/auto_awesome:", disabled=not 1 <= len(ids) <= MOST_GENERATORS or not learnt,
            help=f"Tick 1 to {MOST_GENERATORS} runs that have trained a generator.",
        ):  # fmt: skip
            st.switch_page("generate.py", query_params={"model": ids})
        if st.button("Resume", icon=":material/play_arrow:", disabled=not resumable, help="Tick a run that was stopped or interrupted."):
            for run_id in resumable:
                launcher.resume(run_id)
            control(resumable)
            st.rerun()
        extend(extendable(chosen))
        if st.button(
            "Delete", icon=":material/delete:", disabled=not ids or bool(alive), help="Tick runs that have ended; stop the others first."
        ):
            confirm_deletion(ids)


st.markdown("### Runs")
runs = record.list_runs()
if any(run.state == "queued" for run in runs):
    launcher.start_next()  # a worker that was killed could not
if runs:
    ticked = set(run_table(runs))
    actions([run for run in runs if run.id in ticked])
else:
    st.info(EMPTY)
    st.page_link("home.py", label="Go to the start", icon=":material/home:")
