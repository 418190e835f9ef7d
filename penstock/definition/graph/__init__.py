"""Drawing a definition: its graph (model), where the boxes go (layout), and the languages to write it in."""
