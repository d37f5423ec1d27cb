// Where the Lab's routes are: beside these modules, wherever a proxy has put them.

/** The whole address of one of the routes, such as "feed?run=a". */
export const addressOf = (path) => new URL(`../${path}`, import.meta.url).href;
