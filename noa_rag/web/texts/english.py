"""The words of the pages in English."""

ENGLISH = {
    # Every page
    "site_title": "Noa, answers for entrepreneurs from the French administration",
    "tagline": "Answers for entrepreneurs from the French administration",
    "skip_link": "Skip to content",
    "other_language": "Français",
    "main_navigation": "Main navigation",
    "footer_navigation": "Footer",
    "about_link": "About Noa",
    "accessibility_link": "Accessibility",
    "api_link": "API",
    "demonstration_notice": (
        "Demonstration set: these answers were written for trial and remain to be validated by the agencies."
    ),
    "demonstration_more": "Read more",
    "demonstration_badge": "Demonstration set, to be validated by the agencies",
    "list_separator": ", ",
    # Asking
    "home_heading": "A question about your company?",
    "home_intro": (
        "Noa gives you the answer written and validated by the French agency in charge. "
        "When there is none, it tells you whom to ask."
    ),
    "question_label": "Your question",
    "question_label_again": "Another question?",
    "question_hint": "For example: how do I hire my first employee?",
    "question_privacy": ("Leave out names and personal numbers: questions are kept in order to improve the service."),
    "enter_hint": "Enter to send, Shift + Enter for a new line.",
    "region_label": "Your region (optional)",
    "region_any": "All of France",
    "ask_button": "Ask",
    "busy": "Noa is looking for the answer…",
    "conversation_label": "Your questions and the answers",
    "network_error_title": "The answer did not arrive",
    "network_error_detail": (
        "The connection seems to be down. Your question is still in the field: try again in a moment."
    ),
    "suggestions_heading": "Questions by theme",
    "theme_more": "Whole theme",
    "answer_page_title": "Answer to your question",
    # An answer
    "you_asked": "You asked",
    "validated_on": "Validated on {day}",
    "validated_on_trial": "Trial validation: {day}",
    "answered_by": "Agency in charge: ",
    "valid_until": "Valid until {day}",
    "regions_note": "Valid in: {regions}",
    "sources_heading": "Official sources",
    "more_link": "Read the rest of this entry",
    "permalink": "Link to this entry",
    "copy_link": "Copy the link",
    "copied": "Link copied",
    "details_heading": "Legal references, online services and contacts",
    "legal_references": "Legal references",
    "online_services": "Online services",
    "contacts": "Who can help me?",
    "official_text": "Read the official text",
    "quotes_heading": "Passages quoted",
    "rephrased_note": "Text rephrased automatically from the validated entry.",
    "table_label": "Table",
    "clarification_heading": "Please be more precise",
    "abstained_heading": "Noa has no validated answer",
    "contact_heading": "Whom to ask",
    "closest_heading": "The closest questions",
    "phone_label": "Telephone: ",
    "hours_label": "Opening hours: ",
    # Feedback
    "feedback_question": "Was this answer useful?",
    "feedback_yes": "Yes",
    "feedback_no": "No",
    "feedback_why": "What was wrong with it?",
    "feedback_reason_off_topic": "Off topic",
    "feedback_reason_incomplete": "Incomplete",
    "feedback_reason_unclear": "Unclear",
    "feedback_reason_outdated": "Out of date",
    "feedback_reason_other": "Another reason",
    "feedback_comment": "A comment (optional, {limit} characters at most)",
    "feedback_send": "Send",
    "feedback_thanks_heading": "Thank you",
    "feedback_thanks": "This helps the agencies complete and correct their answers.",
    # Entries and themes
    "theme_heading_label": "Theme",
    "theme_count_one": "1 question",
    "theme_count_many": "{count} questions",
    "theme_empty": "No question is published under this theme at the moment.",
    "all_themes": "All themes",
    "in_this_entry": "In this entry",
    # In the frame of a host site
    "powered_by": "Powered by Noa",
    "new_tab": "new tab",
    "open_noa": "Ask on Noa's own site",
    # API documentation
    "api_heading": "Noa's API",
    "api_intro": "A question in JSON, an answer in JSON. The full description is in the OpenAPI format:",
    "api_parameters": "Parameters",
    "api_request": "Fields of the request",
    "api_response": "Fields of the response",
    "api_problems": "Errors",
    "api_problems_intro": "Errors are “application/problem+json” documents (RFC 9457), whose type is one of:",
    "api_required": "required",
    # Errors
    "problem_empty_question_title": "The question is empty",
    "problem_empty_question_detail": "Write your question in a sentence or two, then send it.",
    "problem_invalid_question_title": "The question cannot be read",
    "problem_invalid_question_detail": (
        "A question has {limit} characters at most and is made of text alone. Shorten it: a sentence or two will do."
    ),
    "problem_invalid_request_title": "A field is not valid",
    "problem_invalid_request_detail": "Correct the field “{field}”, then try again.",
    "problem_field_region": (
        "Unknown region. Give the ISO 3166-2 code of a French region or département, for example FR-IDF or FR-75."
    ),
    "problem_field_audience": (
        "Unknown audience. Choose among: start-up, tpe, pme, micro-entrepreneur, association-employeur, "
        "fondateur-etranger."
    ),
    "problem_field_lang": "Unknown language. Choose “fr” or “en”.",
    "problem_field_mode": "Unknown mode. Choose “strict” or “assisted”.",
    "problem_field_as_of": "The date cannot be read. Write it YYYY-MM-DD, for example 2026-11-24.",
    "problem_field_on": "The date cannot be read. Write it YYYY-MM-DD, for example 2026-11-24.",
    "problem_field_reason": "Unknown reason. Choose among: off_topic, incomplete, unclear, outdated, other.",
    "problem_field_comment": "The comment is too long: 500 characters at most.",
    "problem_field_useful": "Choose “Yes” or “No”.",
    "problem_malformed_title": "The request cannot be read",
    "problem_malformed_detail": "The body of the request must be a well-formed JSON object, in UTF-8.",
    "problem_content_type_title": "This format is not accepted",
    "problem_content_type_detail": "Send JSON, with the header “Content-Type: application/json”.",
    "problem_too_large_title": "The request is too long",
    "problem_too_large_detail": "A request must not exceed 64 KB.",
    "problem_not_found_title": "This page does not exist",
    "problem_not_found_detail": "The address may have been mistyped. Ask your question below.",
    "problem_entry_gone_title": "This entry is not available",
    "problem_entry_gone_detail": (
        "The agency that answers for it may have withdrawn or replaced it. Ask your question: "
        "Noa will look for the current answer."
    ),
    "problem_unknown_host_title": "Noa is not available on this site",
    "problem_unknown_host_detail": (
        "This site is not registered with Noa, or no longer is. You can ask your question to Noa directly."
    ),
    "problem_foreign_frame_title": "This page does not come from a registered site",
    "problem_foreign_frame_detail": "Nothing was sent. Ask your question on Noa's own site.",
    "problem_unknown_question_title": "This answer is unknown",
    "problem_unknown_question_detail": (
        "Your opinion could not be matched with an answer. Please ask the question again."
    ),
    "problem_method_title": "This method is not accepted here",
    "problem_method_detail": "The “Allow” header gives the methods accepted at this address.",
    "problem_conflict_title": "The entry has changed in the meantime",
    "problem_conflict_detail": "Read its newest version, then try again.",
    "problem_saturated_title": "Noa is receiving too many questions at once",
    "problem_saturated_detail": "Try again in a few seconds.",
    "problem_unavailable_title": "Noa cannot answer at the moment",
    "problem_unavailable_detail": "The service is briefly unavailable. Try again in a minute.",
    "problem_bad_request_title": "The request is not valid",
    "problem_bad_request_detail": "Check the address and the fields sent, then try again.",
    "problem_internal_title": "Something went wrong",
    "problem_internal_detail": "It has been recorded. Try again in a moment.",
}
