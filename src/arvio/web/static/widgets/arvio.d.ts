/** Types of arvio.js. */
export declare const version: string;

export declare const Arvio: Asking;

export interface Asking {
  readonly version: string;
  /** Once a page, before the first moment; again to change what is set. */
  init(given: Settings): void;
  /**
   * Tells that the app was of use (`name` says how, for the broker), and asks for a review where
   * the marketplace's rules say that it is time. Resolves when the person has answered; never
   * rejects and never throws.
   */
  moment(name: string, occasion?: Occasion): Promise<Told>;
}

export interface Settings {
  /** A viewer token of the person who looks, or what gives a fresh one. */
  token: string | PromiseLike<string> | (() => string | PromiseLike<string>);
  /** The marketplace's slug. */
  marketplace: string;
  /** The app's reference in the marketplace. */
  app: string;
  /** Where Arvio is, without a slash at the end; where the script came from, if left out. */
  base?: string;
  /** en, ru or fi; the page's own language, if left out. */
  language?: string;
  /** The path of the app's card inside the platform, for `BX24.openPath`. */
  listing?: string;
}

export interface Occasion {
  /** What the person did with the app, in one sentence in their language. */
  did?: string;
}

export type Outcome = "opened" | "later" | "never" | "failed";

export interface Told {
  /** Whether the dialog was shown. */
  asked: boolean;
  /**
   * The broker's answer (`ask`, or why not: `recently_installed`, `cooldown` …), else `busy` while
   * a dialog is open and `unreachable` where no answer came.
   */
  code: string;
  /** Only where `asked`: what came of it. */
  outcome?: Outcome;
}

declare global {
  var Arvio: Asking;
  interface HTMLElementTagNameMap {
    "arvio-rating": HTMLElement;
    "arvio-badge": HTMLElement;
    "arvio-reviews": HTMLElement;
  }
}
