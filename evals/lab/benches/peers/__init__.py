"""The pack searched by Noa, by a small reader and by other hybrid retrievers: right entries first, and in five."""
