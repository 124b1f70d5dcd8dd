/** Hint shown below every new-password field. */
export const passwordHint = 'Use at least 10 characters.';
