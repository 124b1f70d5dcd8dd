/**
 * Compiles the message catalogs (`messages/`) to functions in `src/paraglide`: one module per message for the build,
 * so that a page loads only its own texts, and one per language otherwise.
 */
import { paraglideVitePlugin } from '@inlang/paraglide-js';

export function messages() {
  return paraglideVitePlugin({
    project: './project.inlang',
    outdir: './src/paraglide',
    strategy: ['baseLocale'],
    emitReadme: false,
    emitPrettierIgnore: false,
    emitGitIgnore: false,
  });
}
