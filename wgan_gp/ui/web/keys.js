// Keyboard: space plays, arrows step, Home goes to the first moment, End and L return to live. Keys meant for other controls are left alone.

const boards = new Set();

/** Elements that use keys themselves. */
const OWN = "input:not([type=range]), textarea, select, button, a[href], summary, [contenteditable=''], [contenteditable=true], [role=textbox], [role=slider], [role=combobox], [role=listbox], [role=option], [role=menu], [role=menuitem], [role=tab], [role=radio], [role=checkbox], [role=switch], [role=grid], [role=dialog], iframe, video";

/** The element that has the focus, looked for inside shadow roots too. */
function focused() {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element;
}

/** Whether this board should answer: it has the focus, or nothing has and it is the first in view. */
function concerns(board, element) {
  if (element && board.root.contains(element)) return true;
  if (element && element !== document.body && element.closest(`${OWN}, input`)) return false;
  for (const other of boards) if (element && other.root.contains(element)) return false;
  return [...boards].find((other) => other.inView && other.root.isConnected) === board;
}

function act(board, event, element) {
  const inside = element && board.root.contains(element);
  const own = inside && element.matches(OWN);
  // On a button, space presses it and arrows mean nothing: arrows are ours, space is not.
  const presses = own && (event.key === " " || !element.matches("button, summary"));
  if (presses) return false;
  if (event.key === " ") board.togglePlay();
  else if (event.key === "ArrowLeft") board.stepBy(-1);
  else if (event.key === "ArrowRight") board.stepBy(1);
  else if (event.key === "Home") board.goFirst();
  else if (event.key === "End" || event.key === "l" || event.key === "L") board.goLive();
  else return false;
  return true;
}

/** Listens for a board; returns a function that ends it. */
export function listen(board) {
  const handler = (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const element = focused();
    if (concerns(board, element) && act(board, event, element)) {
      event.preventDefault();
      event.stopPropagation();
    }
  };
  boards.add(board);
  document.addEventListener("keydown", handler, true);
  return () => {
    boards.delete(board);
    document.removeEventListener("keydown", handler, true);
  };
}
