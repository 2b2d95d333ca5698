"""A small encounter, for measuring how fast reports are made."""

TEXT = b"""REASON FOR VISIT: Cough and fever for three days.
MEDICATIONS: Lisinopril 10 mg daily, metformin 500 mg twice a day.
EXAM: Temperature 38.4, blood pressure 128/82. Crackles at the left base. No wheezing.
IMPRESSION: Pneumonia of the left lower lobe. Type 2 diabetes.
PLAN: Chest x-ray. Azithromycin 500 mg for five days. Follow up in one week.
"""
