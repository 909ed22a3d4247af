/**
 * What we use of undici, in a module of its own so that it can be loaded late: a bundle reaches names of a CommonJS package
 * only through a static import.
 */
export { EnvHttpProxyAgent, request } from 'undici';
