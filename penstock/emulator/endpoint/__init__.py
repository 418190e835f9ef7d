"""AWS's HTTP endpoint on this machine: the server, the guard, and the services behind them."""
