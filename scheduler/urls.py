"""The addresses of the staff pages. Records are named by UUID, people never."""

from django.urls import URLPattern, path

from scheduler.views import (
    appointment,
    board,
    closures,
    courses,
    gaps,
    my_calendar,
    new_times,
    patients,
    placing,
    plan,
    ripples,
    visit_steps,
)

app_name = "scheduler"

urlpatterns: list[URLPattern] = [
    path("", board.board, name="board"),
    path("board/visits.json", board.board_feed, name="board_feed"),
    path(
        "appointments/<uuid:appointment_id>/",
        appointment.appointment_page,
        name="appointment",
    ),
    path(
        "appointments/<uuid:appointment_id>/panel/",
        appointment.visit_panel,
        name="visit_panel",
    ),
    path("appointments/<uuid:appointment_id>/move/", appointment.move, name="move"),
    path("appointments/<uuid:appointment_id>/who-could/", gaps.gap_of, name="gap_of"),
    path(
        "appointments/<uuid:appointment_id>/move/along/",
        ripples.move_along,
        name="move_along",
    ),
    path(
        "appointments/<uuid:appointment_id>/<slug:verb>/",
        visit_steps.take_step,
        name="take_step",
    ),
    path("free-time/", gaps.gap, name="gap"),
    path("free-time/take/", gaps.take_gap, name="take_gap"),
    path("patients/", patients.patients, name="patients"),
    path("patients/found/", patients.search_patients, name="search_patients"),
    path("patients/new/", patients.register, name="register"),
    path("patients/<uuid:patient_id>/", patients.patient_page, name="patient"),
    path("patients/<uuid:patient_id>/change/", patients.change, name="change_patient"),
    path(
        "patients/<uuid:patient_id>/open-course/",
        patients.open_patient_course,
        name="open_course",
    ),
    path("courses/plan-together/", new_times.plan_together, name="plan_together"),
    path("courses/<uuid:course_id>/", courses.course_page, name="course"),
    path("courses/<uuid:course_id>/assessments/new/", courses.record, name="record"),
    path(
        "courses/<uuid:course_id>/assessments/<uuid:assessment_id>/decide/",
        courses.decide,
        name="decide",
    ),
    path(
        "courses/<uuid:course_id>/assessments/book/",
        courses.place_assessment,
        name="place_assessment",
    ),
    path("courses/<uuid:course_id>/plan/", plan.plan, name="plan"),
    path("courses/<uuid:course_id>/confirm/", courses.confirm, name="confirm_course"),
    path("courses/<uuid:course_id>/stop/", courses.stop, name="stop_course"),
    path(
        "courses/<uuid:course_id>/complete/", courses.complete, name="complete_course"
    ),
    path(
        "courses/<uuid:course_id>/change/<slug:kind>/",
        ripples.change_course,
        name="change_course",
    ),
    path("sessions/<uuid:session_id>/place/", placing.place_session, name="place"),
    path("my-calendar/", my_calendar.my_calendar, name="my_calendar"),
    path("my-calendar/new/", my_calendar.make_address, name="make_feed_address"),
    path(
        "my-calendar/revoke/",
        my_calendar.take_address_away,
        name="revoke_feed_address",
    ),
    path("closures/new/", closures.close, name="close_time"),
    path(
        "closures/<int:closure_id>/visits/",
        closures.closed_visits,
        name="closed_visits",
    ),
    path(
        "closures/<int:closure_id>/new-times/",
        new_times.propose,
        name="propose_times",
    ),
    path(
        "new-times/lost-credential/",
        new_times.lost_capability,
        name="lost_capability",
    ),
    path("new-times/<uuid:proposal_id>/", new_times.new_times, name="new_times"),
    path("new-times/<uuid:proposal_id>/look-on/", new_times.look_on, name="look_on"),
    path(
        "new-times/<uuid:proposal_id>/accept/",
        new_times.accept,
        name="accept_times",
    ),
    path("closures/<int:closure_id>/reopen/", closures.reopen, name="reopen_time"),
]
