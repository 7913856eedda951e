/** Keeps what is typed but not yet asked in this browser, so that a reload does not lose it. */
const DRAFT_KEY = 'bat-os.draft.1';

/** Empty where nothing is kept or nothing may be. */
export function keptDraft(): string {
  try {
    return localStorage.getItem(DRAFT_KEY) ?? '';
  } catch {
    return '';
  }
}

export function keepDraft(text: string): void {
  try {
    localStorage.setItem(DRAFT_KEY, text);
  } catch {
    // Where storage is forbidden or full, the draft lives as long as the page.
  }
}
