"""Asking outside servers for somebody who waits: a page asks, a job answers, the page watches."""
