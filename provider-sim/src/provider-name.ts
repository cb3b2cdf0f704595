/** The two providers that the simulator plays. Each has a float and a book of its own. */

export const PROVIDERS = ["xendit", "flip"] as const;
export type ProviderName = (typeof PROVIDERS)[number];

/** One thing of each provider. */
export type PerProvider<T> = Record<ProviderName, T>;
