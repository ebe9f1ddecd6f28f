"""What the HTML pages share: templates that escape, one style sheet, pictures as SVG."""
