VAR gold = 3
VAR met = false
-> gate
=== gate ===
Leaves fall. You have {gold} coins. // a comment
* [Go in] You go in.
  ~ gold -= 1
  -> dark
+ {gold > 2} Wait
  You wait.
- You look back.
-> dark.deep
=== dark
Dark.
= deep
{met: Again.|First.}
The end.
-> END
