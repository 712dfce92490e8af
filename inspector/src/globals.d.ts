/** True in the build that any file server can serve: it looks for no stack behind the page. */
declare const __SITE__: boolean;
