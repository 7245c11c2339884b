"""The cost of strategies, month by month, over blocks of draws. Compiled; numbers only, no names.

A block is 256 draws held as rows of one flat array. A program (`sim.model.program`) says what is worked on the rows
before the first month and in each month, and which rows are paid; the kernel runs it tile by tile, discounts, adds up,
compares and counts. It is compiled once: strategies, lines and expressions are data.

Every cost line is a coefficient, fixed for a draw, times a *rhythm*, a series over months which strategies share. So
the present value of each line comes out of the same pass: its coefficient times the present value of its rhythm.
"""
