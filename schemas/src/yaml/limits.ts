/** Bounds on what is read from one YAML file. The parser beneath is recursive: depth is checked before it sees a text. */
export const yamlLimits = {
  /** UTF-8 bytes of a file. */
  fileBytesMax: 1_048_576,
  /** Documents in a file. */
  documentsMax: 1000,
  /** Tokens of a file, white space and punctuation included. */
  tokensMax: 300_000,
  /** Nested flow collections, or block indicators in one line. */
  nestingMax: 64,
  /** Spaces before the first character of a line. */
  indentMax: 128,
  /** Nodes of one document after its aliases are replaced by what they stand for. */
  nodesMax: 100_000,
} as const;
