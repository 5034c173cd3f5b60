
import gc

gc.disable()  # until all tests are collected (see conftest.py): what is imported stays
