translate de line_gate_n1:
    "Blätter fallen."

translate de strings:
    old "Go in"
    new "Hinein"

