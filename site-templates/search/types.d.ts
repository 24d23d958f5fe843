/**
 * What the page, the search worker and the engine say to each other. The engine's side of it is
 * `search-wasm/src/answer.rs` and `list.rs`.
 */

/** A half-open range `[start, end)` of a text to mark, in UTF-16 units, as `String.slice` takes them. */
export type Mark = [start: number, end: number];

/** Where a word of the question was found. */
export type Place = 'name' | 'title' | 'tags' | 'owner' | 'description' | 'text';

/** One entity that answers the question. */
export interface Hit {
  /** As it was given to the index: relative to the site's root. */
  url: string;
  kind: string;
  namespace: string;
  name: string;
  /** Empty when the entity has none. */
  title: string;
  /** One line, shortened to what a list shows; may be empty. */
  description: string;
  /** For display; may be empty. */
  owner: string;
  /** May be empty. */
  lifecycle: string;
  tags: string[];
  /** The words of the question in these texts. */
  marks: Record<'name' | 'title' | 'description' | 'owner', Mark[]>;
  /** Where words were found, the place with the greatest weight first. */
  places: Place[];
  score: number;
}

/** The answer to a question of the search box or the search page. */
export interface Answer {
  /** The best first. */
  hits: Hit[];
  /** False when no entity has every word: then the hits are the entities that have most of them. */
  complete: boolean;
  /** Questions with the nearest spellings, where words are unknown. */
  suggestions: string[];
}

/** A question for a list. */
export interface ListQuestion {
  /** In the query language: `kind:api owner:team-x "exact words"`. */
  query: string;
  /** `title` (also when missing), `relevance`, or a field. */
  sort?: string;
  descending?: boolean;
  offset?: number;
  /** Number of rows; 0 when only the numbers are wanted. */
  limit?: number;
  /** Fields whose values are counted. */
  facets?: string[];
}

/** Another entity that a row names; `url` is `null` when the catalog does not have it. */
export interface Card {
  title: string;
  url: string | null;
}

/** One entity of a list. */
export interface Row {
  /** The entity reference, `kind:namespace/name`. */
  ref: string;
  kind: string;
  name: string;
  /** Empty when the entity has none. */
  title: string;
  /** Relative to the site's root. */
  url: string;
  description: string;
  owner: Card | null;
  system: Card | null;
  type: string;
  lifecycle: string;
  tags: string[];
  namespace: string;
}

/** A value of a field: the value, its label, and the number of entities that have it. */
export type FacetValue = [value: string, label: string, count: number];

/** A list: how many rows there are in all, the rows that were asked for, and the values of fields. */
export interface Listing {
  total: number;
  rows: Row[];
  facets: Record<string, FacetValue[]>;
}

/** Search over one index, as the page uses it. */
export interface Search {
  /** Loads the engine before the first question, for example when the search box gets the focus. */
  start(): Promise<void>;
  /**
   * Answers a question; `null` when a later question has replaced it. Rejects with a `SearchError` when
   * something could not be loaded; the next question then tries again.
   */
  search(text: string, options?: { limit?: number }): Promise<Answer | null>;
  /** Answers with a list; `null` and errors as with `search`. */
  list(question: ListQuestion): Promise<Listing | null>;
}

/**
 * A message to the worker: `base` is the folder of the index files. With `text` it is a question, with
 * `list` a question for a list, with neither it only loads the engine.
 */
export interface WorkerQuestion {
  base: string;
  text?: string;
  limit?: number;
  list?: ListQuestion;
}

/** The worker's message: an answer (`null` when there was no question), or why there is none. */
export type WorkerAnswer = { answer: Answer | Listing | null } | { error: string };
