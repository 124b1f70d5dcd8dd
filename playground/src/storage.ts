// GraphiQL's storage of tabs and history: localStorage, without passwords in variables and without
// headers, which contain the token.
const PASSWORD = /(\\*"password\\*"\s*:\s*\\*")(?:[^"\\]|\\+[^"\\])*/g;
const HEADERS = /"headers":"(?:[^"\\]|\\.)*"/g;

const redact = (text: string) => text.replace(HEADERS, '"headers":null').replace(PASSWORD, '$1');

export const storage = {
  get length() {
    return localStorage.length;
  },
  getItem: (key: string) => localStorage.getItem(key),
  setItem: (key: string, value: string) => localStorage.setItem(key, redact(value)),
  removeItem: (key: string) => localStorage.removeItem(key),
  clear() {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith('graphiql:')) localStorage.removeItem(key);
    }
  },
};
