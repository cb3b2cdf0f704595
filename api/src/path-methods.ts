/** Which methods a path has, for whoever asks by another. */

/** A route as far as it matters here. `url` has `:name` for one part and a last `*` for the rest. */
interface Route {
  methods: string[];
  url: string;
}

/** Makes the function that answers the methods of a path, by name; none when no route fits. */
export function pathMethods(routes: Route[]): (path: string) => string[] {
  const compiled = routes.map(({ methods, url }) => ({ methods, parts: url.split("/") }));
  return (path) => {
    const asked = path.split("/");
    const found = compiled.filter(({ parts }) => fits(parts, asked)).flatMap(({ methods }) => methods);
    return [...new Set(found)].toSorted();
  };
}

function fits(parts: string[], asked: string[]): boolean {
  const hasRest = parts.at(-1) === "*";
  if (hasRest ? asked.length < parts.length : asked.length !== parts.length) return false;
  return parts.every((part, index) => {
    if (part.startsWith(":")) return asked[index] !== "";
    return part === asked[index] || (hasRest && index === parts.length - 1);
  });
}
