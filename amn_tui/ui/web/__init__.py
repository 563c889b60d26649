"""The same app in a browser, for whoever holds the token: textual-serve, with a door that it has not itself."""
