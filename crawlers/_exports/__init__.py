"""CSV and XLSX exports: cells, columns and rows."""
