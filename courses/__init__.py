"""What the clinic decides: patients, assessments, protocols, courses, sessions."""
