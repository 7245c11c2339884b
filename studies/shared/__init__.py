"""What several questions need: text, the style of figures, blocks of reports, folders, options of commands."""
