/**
 * Model text -> safe HTML, one closed markdown block at a time. No raw HTML, no images, links only to the web and with
 * their host in sight. Whatever marked makes of it is sanitised again. The one place in the client where text becomes markup.
 */
import DOMPurify from 'dompurify';
import { Marked, type Tokens } from 'marked';

const TAGS = ['p', 'br', 'em', 'strong', 'del', 'code', 'pre', 'blockquote', 'ul', 'ol', 'li', 'hr', 'a', 'span'];
const TABLE = ['table', 'thead', 'tbody', 'tr', 'th', 'td'];
const HEADINGS = ['h3', 'h4', 'h5', 'h6'];
const KEPT = 400;

const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

const marked = new Marked({
  gfm: true,
  breaks: true,
  async: false,
  renderer: {
    html: ({ text }: Tokens.HTML | Tokens.Tag) => escaped(text),
    image: ({ text, href }: Tokens.Image) => escaped(text || href),
    checkbox: ({ checked }) => (checked ? '☑ ' : '☐ '),
    heading({ tokens, depth }) {
      const level = Math.min(6, depth + 2);
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>`;
    },
    link({ href, tokens }) {
      const words = this.parser.parseInline(tokens);
      const host = webHost(href);
      if (host === null) return words;
      const link = `<a href="${escaped(href)}" target="_blank" rel="noopener noreferrer nofollow">${words}</a>`;
      return words.includes(host) ? link : `${link} <span class="host">(${escaped(host)})</span>`;
    },
  },
});

function webHost(href: string): string | null {
  const url = URL.parse(href);
  return url && (url.protocol === 'https:' || url.protocol === 'http:') ? url.host : null;
}

const kept = new Map<string, string>();

function blockHtml(source: string): string {
  const known = kept.get(source);
  if (known !== undefined) return known;
  const html = DOMPurify.sanitize(marked.parse(source) as string, {
    ALLOWED_TAGS: [...TAGS, ...TABLE, ...HEADINGS],
    ALLOWED_ATTR: ['href', 'target', 'rel', 'class', 'start'],
    ALLOW_DATA_ATTR: false,
    ALLOWED_URI_REGEXP: /^https?:/i,
    ADD_URI_SAFE_ATTR: ['target', 'rel', 'start'],
  });
  if (kept.size >= KEPT) kept.delete(kept.keys().next().value ?? '');
  kept.set(source, html);
  return html;
}

/** `blocks` are closed and may be kept; `growing` is the last one, as plain text, while more of it may come. */
export type Prose = { blocks: readonly string[]; growing: string };

export function proseOf(text: string, isGrowing: boolean): Prose {
  const sources = marked
    .lexer(text)
    .filter(({ type }) => type !== 'space')
    .map(({ raw }) => raw);
  const growing = isGrowing ? (sources.pop() ?? '') : '';
  return { blocks: sources.map(blockHtml), growing };
}
