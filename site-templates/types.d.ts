/**
 * Types that scripts share, and what they find in the global scope beside what browsers have. This file is not
 * published, so its comments cost visitors nothing. The types of search are in `search/types.d.ts`.
 */

/** A page of the portal by a name; `url` is relative to the root of the portal's pages. */
export interface Place {
  url: string;
  title: string;
}

/** An entity that the visitor starred or opened. */
export interface Kept extends Place {
  /** The entity reference, `kind:namespace/name`. */
  ref: string;
  kind: string;
}

/** The visitor, as the browser stores them. */
export interface Me {
  /** Their page, relative to the root of the portal's pages. */
  url: string;
  name: string;
  initials: string;
  /** Class of their colour: one of `hue-0` to `hue-7`. */
  hue: string;
  teams: Place[];
  /** Whether they signed in; else they chose their name. */
  signedIn: boolean;
}

/** When a source was read; where no snapshot recorded that, when its files changed. Times are ISO 8601. */
export interface Source {
  name: string;
  read?: string;
  changed?: string;
  /** Why it could not be read the last time. */
  failure?: string;
  /** Since when it cannot be read. */
  since?: string;
}

/** `assets/state.json`: what changes with every build is there, so that pages stay the same. */
export interface State {
  built: string;
  as_of?: string;
  commit?: string;
  sources: Source[];
  /** Numbers of the navigation, by their `data-state`. */
  counts: Record<string, number>;
}

/** What a visitor pressed before the scripts came; `frame/theme.js` keeps it for `frame/listen.js`. */
export interface EarlyPresses {
  /** Buttons that were pressed and forms that were sent, the oldest first. */
  presses: Element[];
  /** Ends the keeping. */
  stop(): void;
}

declare global {
  /** Missing where a portal has its own `frame/theme.js`. */
  var early: EarlyPresses | undefined;

  /** js-yaml 4, as `form/js-yaml.min.js` leaves it; only what `form/yaml.js` uses. */
  var jsyaml: {
    readonly CORE_SCHEMA: object;
    load(text: string, options: { schema: object }): unknown;
  };
}
