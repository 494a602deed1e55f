"""OpenID Connect, optional as a whole: signing in at an identity provider such as ProConnect."""
