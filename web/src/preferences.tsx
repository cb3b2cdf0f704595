/** Switches for language and appearance. */
import { DICTIONARIES, type Language } from "./dictionary.ts";
import { language, THEMES, type Theme, theme, words } from "./settings.ts";

const NAMES: Record<Language, string> = { id: "Indonesia", en: "English" };

export function Preferences() {
  const { language: languageWord, theme: themeWord, themeAuto, themeLight, themeDark } = words.value;
  const themeNames: Record<Theme, string> = { auto: themeAuto, light: themeLight, dark: themeDark };
  return (
    <div class="preferences">
      <label>
        <span class="visually-hidden">{languageWord}</span>
        <select
          value={language.value}
          onChange={({ currentTarget }) => {
            language.value = currentTarget.value === "en" ? "en" : "id";
          }}
        >
          {Object.keys(DICTIONARIES).map((one) => (
            <option value={one} lang={one} key={one}>
              {NAMES[one === "en" ? "en" : "id"]}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span class="visually-hidden">{themeWord}</span>
        <select
          value={theme.value}
          onChange={({ currentTarget }) => {
            theme.value = THEMES.find((one) => one === currentTarget.value) ?? "auto";
          }}
        >
          {THEMES.map((one) => (
            <option value={one} key={one}>
              {themeNames[one]}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
