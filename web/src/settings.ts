/** What a person has chosen for this browser: language and appearance. Kept when storage is allowed. */
import { computed, effect, signal } from "@preact/signals";
import { DICTIONARIES, type Language } from "./dictionary.ts";

export const THEMES = ["auto", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export const language = signal<Language>(read("language") === "en" ? "en" : "id");
export const theme = signal<Theme>(THEMES.find((one) => one === read("theme")) ?? "auto");

/** Words of the chosen language. */
export const words = computed(() => DICTIONARIES[language.value]);

/** Locale for numbers and times. */
export const locale = computed(() => (language.value === "id" ? "id-ID" : "en-GB"));

effect(() => {
  document.documentElement.lang = language.value;
  keep("language", language.value);
});

effect(() => {
  document.documentElement.dataset.theme = theme.value;
  keep("theme", theme.value);
});

function read(name: string): string | null {
  try {
    return localStorage.getItem(`jumpa-madu.${name}`);
  } catch {
    // Storage is shut off in some private windows; the choice then lasts as long as the page.
    return null;
  }
}

function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`jumpa-madu.${name}`, value);
  } catch {
    // As above.
  }
}
