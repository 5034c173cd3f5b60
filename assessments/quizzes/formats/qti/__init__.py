"""QTI 2.1, 2.2 and 3.0 (1EdTech Question and Test Interoperability): packages and single items, read and written. Pure."""
