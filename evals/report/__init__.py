"""Reports as single HTML pages, which load nothing and read well without JavaScript."""
