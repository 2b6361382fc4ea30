"""x"""
from book import Book

BOOK = Book()
