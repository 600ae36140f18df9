"""`python -m runner.cli`: the command line, where no script is installed."""

from runner.cli.main import main

if __name__ == "__main__":
    main()
