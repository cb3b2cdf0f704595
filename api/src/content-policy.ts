/** Content security policy (CSP level 3): everything from here, nothing inline, nothing from elsewhere. */

/** Directives for everything that the api answers. */
export const CONTENT_POLICY = {
  "default-src": ["'none'"],
  "script-src": ["'self'"],
  "style-src": ["'self'"],
  "img-src": ["'self'", "data:"],
  "font-src": ["'self'"],
  "connect-src": ["'self'"],
  "manifest-src": ["'self'"],
  "base-uri": ["'none'"],
  "form-action": ["'self'"],
  "frame-ancestors": ["'none'"],
};

/** Policy of the description for people alone: Swagger UI writes style elements into its page. */
export const DOCS_POLICY = textOf({ ...CONTENT_POLICY, "style-src": ["'self'", "'unsafe-inline'"] });

function textOf(directives: Record<string, string[]>): string {
  return Object.entries(directives)
    .map(([name, values]) => `${name} ${values.join(" ")}`)
    .join(";");
}
