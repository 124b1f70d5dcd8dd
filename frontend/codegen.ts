/** Generates `src/gql` from the schema and the operations in the code. */
import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: '../schema.graphql',
  documents: ['src/**/*.{ts,tsx}', '!src/gql/**'],
  ignoreNoDocuments: true,
  generates: {
    './src/gql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        nonOptionalTypename: true,
        strictScalars: true,
        scalars: { DateTime: 'string', Seq: 'number', Bytes: 'number', ID: 'string' },
      },
    },
  },
};

export default config;
