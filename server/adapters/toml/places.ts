/** Finds where a value stands in a TOML text. Knows nothing of what the value should be. */
import { parseTOML, type AST } from 'toml-eslint-parser';

export type Place = { line: number | null; column: number | null };
type Path = readonly (string | number)[];

/** The place of the longest part of `path` that stands in the text, counted from 1; nulls when nothing of it does. */
export function placeOf(text: string, path: Path): Place {
  let best: { depth: number; node: AST.TOMLNode } | null = null;
  const consider = (at: Path, node: AST.TOMLNode) => {
    const isPrefix = at.length <= path.length && at.every((key, index) => key === path[index]);
    if (isPrefix && at.length > (best?.depth ?? 0)) best = { depth: at.length, node };
  };
  const visit = (node: AST.TOMLNode, at: Path) => {
    if (node.type === 'TOMLTable') {
      consider(node.resolvedKey, node);
      for (const inner of node.body) visit(inner, node.resolvedKey);
    } else if (node.type === 'TOMLKeyValue') {
      const own = [...at, ...node.key.keys.map((key) => (key.type === 'TOMLBare' ? key.name : key.value))];
      consider(own, node);
      visit(node.value, own);
    } else if (node.type === 'TOMLInlineTable') for (const inner of node.body) visit(inner, at);
    else if (node.type === 'TOMLArray')
      for (const [index, inner] of node.elements.entries()) {
        consider([...at, index], inner);
        visit(inner, [...at, index]);
      }
  };
  for (const node of parseTOML(text).body[0].body) visit(node, []);
  const found = best as { node: AST.TOMLNode } | null;
  return found
    ? { line: found.node.loc.start.line, column: found.node.loc.start.column + 1 }
    : { line: null, column: null };
}
