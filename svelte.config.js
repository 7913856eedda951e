/** Read by the build, svelte-check and eslint alike: every component is in runes mode. */
export default { compilerOptions: { runes: true } };
