// Draws Markdown files as GitHub would, in light and dark, folded and unfolded:
//   npm install --no-package-lock, then node render.mjs FOLDER [NAME...]
// for each FOLDER/NAME.md, pictures FOLDER/NAME.{light,dark,open}.png, by a headless Chromium
// whose command is in CHROMIUM, or `chromium`.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import MarkdownIt from 'markdown-it'
import alerts from 'markdown-it-github-alerts'

const WIDTH = 900
const MODULES = fileURLToPath(new URL('node_modules/', import.meta.url))
const FORMS = [
  { name: 'light', theme: 'light', open: false },
  { name: 'dark', theme: 'dark', open: false },
  { name: 'open', theme: 'light', open: true },
]

const markdown = new MarkdownIt({ html: true, linkify: true }).use(alerts)
const fence = markdown.renderer.rules.fence
markdown.renderer.rules.fence = (tokens, index, ...rest) => {
  const { info, content } = tokens[index]
  const text = markdown.utils.escapeHtml(content)
  if (info === 'mermaid') return `<pre class="mermaid">${text}</pre>`
  return info === 'diff' ? `<pre>${coloured(text)}</pre>` : fence(tokens, index, ...rest)
}

function coloured(text) {
  const kinds = { '+': 'added', '-': 'removed', '@': 'range' }
  return text.split('\n').map((line) => `<span class="${kinds[line[0]] ?? ''}">${line}</span>`).join('\n')
}

function page(text, { theme, open }) {
  const style = (path) => `<link rel="stylesheet" href="file://${MODULES}${path}">`
  const body = markdown.render(text)
  const mermaid = { startOnLoad: false, theme: theme === 'dark' ? 'dark' : 'default', securityLevel: 'strict' }
  return `<!doctype html><meta charset="utf-8">
${style(`github-markdown-css/github-markdown-${theme}.css`)}
${style('markdown-it-github-alerts/styles/github-base.css')}
${style(`markdown-it-github-alerts/styles/github-colors-${theme}.css`)}
<style>
  body { margin: 0; padding: 24px; background: ${theme === 'dark' ? '#0d1117' : '#ffffff'} }
  .added { color: #1a7f37 } .removed { color: #cf222e } .range { color: #8250df }
  .mermaid { background: none !important; text-align: center }
</style>
<article class="markdown-body">${body}</article>
<script src="file://${MODULES}mermaid/dist/mermaid.min.js"></script>
<script>
  if (${open}) for (const part of document.querySelectorAll('details')) part.open = true
  mermaid.initialize(${JSON.stringify(mermaid)})
  mermaid.run().catch((problem) => document.title = String(problem)).finally(() => {
    document.body.dataset.height = Math.ceil(document.documentElement.scrollHeight)
  })
</script>`
}

function chromium(profile, ...options) {
  const command = process.env.CHROMIUM ?? 'chromium'
  const quiet = [
    '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
    '--allow-file-access-from-files', '--hide-scrollbars', '--virtual-time-budget=20000',
    `--user-data-dir=${profile}`,
  ]
  return execFileSync(command, [...quiet, ...options], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 28 })
}

function draw(folder, name, form, profile) {
  const file = join(folder, `${name}.${form.name}.html`)
  writeFileSync(file, page(readFileSync(join(folder, `${name}.md`), 'utf8'), form))
  const dom = chromium(profile, `--window-size=${WIDTH},800`, '--dump-dom', `file://${file}`)
  const height = Number(/data-height="(\d+)"/.exec(dom)?.[1] ?? 2000)
  const problem = /<title>([^<]+)<\/title>/.exec(dom)?.[1]
  if (problem) throw new Error(`${name}: Mermaid can't draw the graph: ${problem}`)
  const picture = join(folder, `${name}.${form.name}.png`)
  chromium(profile, `--window-size=${WIDTH},${Math.min(height + 100, 16000)}`, `--screenshot=${picture}`, `file://${file}`)
  console.log(picture, height)
}

const [folder, ...chosen] = process.argv.slice(2)
const names = readdirSync(folder).filter((file) => file.endsWith('.md')).map((file) => file.slice(0, -3))
const profile = mkdtempSync(join(tmpdir(), 'rendering-'))
try {
  for (const name of chosen.length ? chosen : names) {
    for (const form of FORMS) draw(resolve(folder), name, form, profile)
  }
} finally {
  rmSync(profile, { recursive: true, force: true })
}
