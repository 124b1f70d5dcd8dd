/** The messages between the page and its highlighting worker. */

export interface Scope {
  scope?: string;
  children: (Scope | string)[];
}

export interface HighlightRequest {
  text: string;
  language: string;
  /** Maximum number of tokens. Blocks with more stay plain. */
  maxTokens: number;
}
