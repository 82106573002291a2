"""``python -m mockidp`` is the command ``mockidp``."""

from mockidp.cli import main

if __name__ == "__main__":
    main()
