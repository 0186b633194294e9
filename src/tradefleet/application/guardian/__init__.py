"""The guardian: watches over bots, data, clock and disk; raises alarms and sends messages.

It trades nothing and writes into no bot's journal.
"""
