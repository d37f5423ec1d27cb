"""The web side of the Lab: the only folder, with pages and app.py, that knows Streamlit and Starlette."""
