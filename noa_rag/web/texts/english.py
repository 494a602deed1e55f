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
    # The banner
    "banner_information": "Please note:",
    "banner_crisis": "Important:",
    "banner_link": "Read more on {site}",
    "banner_theme_link": "Read the answers on this theme",
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
    "audience_label": "You are (optional)",
    "audience_any": "Anybody",
    "audience_start-up": "Start-up",
    "audience_tpe": "Very small business",
    "audience_pme": "Small or medium business",
    "audience_micro-entrepreneur": "Micro-entrepreneur",
    "audience_association-employeur": "Association that employs",
    "audience_fondateur-etranger": "Founder from abroad",
    "ask_button": "Ask",
    "busy": "Noa is looking for the answer…",
    "conversation_label": "Your questions and the answers",
    "network_error_title": "The answer did not arrive",
    "network_error_detail": (
        "The connection seems to be down. Your question is still in the field: try again in a moment."
    ),
    "suggestions_heading": "Questions by theme",
    "theme_more": "Whole theme",
    "prefilled_note": "Your question is in the field below: read it again, then send it.",
    "answer_page_title": "Answer to your question",
    # An answer
    "you_asked": "You asked",
    "understood_as": "You are asking about:",
    "understood_wrong": "Not what you meant?",
    "understood_way_out": "Ask the whole question.",
    "changed_note": (
        "The entry has changed since you asked: this is what it says today. If in doubt, ask your question again."
    ),
    "unrecorded_note": (
        "This answer holds, but Noa could not record your question for now: you can neither rate the answer nor keep a "
        "reference number. If you ask something else, write the whole question."
    ),
    "message_not_kept": "Your message",
    "distress_else": "As for the rest of your message",
    "distress_beside": "This may help you too",
    "needs_heading": "Your question holds several",
    "need_label": "Question {number}:",
    "need_unanswered": "Noa has no vetted answer to this part.",
    "need_ask_alone": "Ask it alone, in other words.",
    "field_heading": "Several answers concern your question",
    "field_intro": "Open those that interest you: each is its agency's own text, word for word.",
    "validated_on": "Validated on {day}",
    "validated_on_trial": "Trial validation: {day}",
    "answered_by": "Agency in charge: ",
    "valid_until": "Valid up to and including {day}, Paris time",
    "regions_note": "Valid in: {regions}",
    "general_note": "General answer: it differs by region or audience. Say which are yours for a closer one.",
    "general_for_region": "General answer: there is no answer of its own for {region} yet.",
    "general_for_audience": "General answer: there is no answer of its own for this audience yet ({audience}).",
    "of_FR-ARA": "Auvergne-Rhône-Alpes",
    "of_FR-BFC": "Bourgogne-Franche-Comté",
    "of_FR-BRE": "Brittany",
    "of_FR-CVL": "Centre-Val de Loire",
    "of_FR-20R": "Corsica",
    "of_FR-GES": "Grand Est",
    "of_FR-HDF": "Hauts-de-France",
    "of_FR-IDF": "Île-de-France",
    "of_FR-NOR": "Normandy",
    "of_FR-NAQ": "Nouvelle-Aquitaine",
    "of_FR-OCC": "Occitanie",
    "of_FR-PDL": "Pays de la Loire",
    "of_FR-PAC": "Provence-Alpes-Côte d'Azur",
    "of_FR-971": "Guadeloupe",
    "of_FR-972": "Martinique",
    "of_FR-973": "Guyane",
    "of_FR-974": "La Réunion",
    "of_FR-976": "Mayotte",
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
    "outdated_note": "Figures valid until {day}; they are being updated.",
    "french_only": "The official text is in French.",
    "trial_translation_note": "Trial translation of {day}. The official text is the French one.",
    "translated_note": "Translation approved on {day} by {approver}. The official text is the French one.",
    "original_text": "Read the official text in French",
    "step_link": "In detail: ",
    "rephrased_note": "Rephrased automatically from the validated entry.",
    "rephrased_announcement": "The answer was rephrased for your question. The official text is right below.",
    "pointed_out_note": "The whole official text. The mark was set automatically: read the rest as well.",
    "pointed_out_announcement": "The passage nearest to your question is marked in the official text.",
    "stands_out_label": "Nearest to your question",
    "rephrase_link": "Rephrase this answer for my question",
    "rephrase_none": "Noa found no rephrasing that is safe: here is the official text.",
    "citation_label": "Official passage {number}",
    "table_label": "Table",
    "clarification_heading": "Please be more precise",
    "none_of_these": "None of these is my question",
    "abstained_heading_nothing_close": "Noa does not know the answer",
    "abstained_heading_uncertain": "Noa would rather not answer",
    "abstained_heading_without_question": "Noa has read no question",
    "abstained_heading_outside_validity": "This answer is not in force",
    "abstained_heading_other_region": "This answer holds in another region",
    "contact_heading": "Whom to ask",
    "contact_heading_general": "Who can point you the right way",
    "contact_heading_meanwhile": "In the meantime, ask",
    "contact_heading_part": "For this part, ask",
    "callback_label": "Be called back by an adviser: ",
    "elsewhere_label": "In another region: ",
    "again_heading": "Ask in another way",
    "searched_words": "Noa searched these words: ",
    "unknown_words": "No entry holds: ",
    "unknown_advice": "Try a more common word.",
    "again_advice": "Say in one sentence what you want to do, for instance “hire my first employee”.",
    "again_link": "Rephrase my question",
    "closest_heading": "The closest questions",
    "closest_none": "No question of the base is close to yours.",
    "themes_near_heading": "The closest themes",
    "themes_all_heading": "Search by theme",
    "see_in_this_language": "See this page in English",
    "phone_label": "Telephone: ",
    "hours_label": "Opening hours: ",
    "page_label": "Website: ",
    # Following a question
    "follow_offer_heading": "Come back later",
    "follow_offer": (
        "Keep a number: if an agency publishes an answer, you will find it there. "
        "Noa asks for no name and no e-mail address."
    ),
    "follow_keep": "Keep a reference number",
    "follow_kept_heading": "Your reference number:",
    "follow_kept": (
        "Write it down: Noa cannot give it to you again. Nobody will notify you; "
        "come back to its page whenever you like."
    ),
    "follow_open": "Open its page",
    "follow_link": "Follow a question",
    "follow_title": "What became of your question",
    "follow_intro": "Type the number that Noa gave you to see whether an answer has been published.",
    "follow_label": "Reference number",
    "follow_hint": "Twelve digits and letters, for example {example}. Hyphens, spaces and capitals do not matter.",
    "follow_send": "See where my question stands",
    "follow_ask_instead": "Ask a question without a number",
    "follow_misread": "There is a mistake in this number.",
    "follow_misread_detail": (
        "A sign is missing, or one of them is different. Compare it with what you wrote down: "
        "it has no vowels, no 0 and no 1."
    ),
    "follow_unknown": "Noa gave this number to nobody.",
    "follow_unknown_detail": (
        "Read yours again. If you cannot find it, ask your question again: "
        "Noa will give you the answer if there is one, or another number."
    ),
    "followed_asked": "You asked, on {day}",
    "followed_waiting": "Your question is waiting for an answer",
    "followed_waiting_detail": (
        "No validated entry answers it at the moment. The agencies read the questions that were not answered; "
        "Noa can promise neither a date nor an answer. Come back to this page with your number."
    ),
    "followed_in_preparation": "An answer is being prepared",
    "followed_in_preparation_detail": (
        "An agency has a proposed answer in hand. It will appear here once it is validated, and not before."
    ),
    "followed_answered": "A validated answer is published",
    "followed_answered_detail": (
        "This is, word for word, the text that the administration validated for this question or others like it."
    ),
    "followed_withdrawn": "The answer that was published is no longer in force",
    "followed_withdrawn_detail": (
        "An answer had been published. The administration withdrew it, or it no longer holds: it is not shown any more."
    ),
    "followed_declined": "The administration will not publish an answer in Noa",
    "followed_declined_detail": (
        "An agency considered this question and chose not to publish an entry. Put it to the agency directly."
    ),
    "follow_nothing_kept": (
        "Noa keeps your question, without the personal data that you may have put in it, and this number. "
        "It keeps nothing about you."
    ),
    # What is new
    "news_heading": "What's new",
    "news_intro": "The entries that the agencies published or changed in the last {days} days.",
    "news_new": "New",
    "news_changed": "Changed",
    "news_all": "Everything new",
    "news_region": "Region",
    "news_show": "Show",
    "news_none": "No entry was published or changed in the last {days} days.",
    "news_feed_title": "Noa, what's new",
    "news_feed_link": "Follow these news by an Atom feed",
    "news_feed_hint": "A feed is read with a feed reader, without an account or an e-mail address.",
    "news_summary_new": "New entry, {day}. Agency in charge: {agency}.",
    "news_summary_changed": "Changed entry, {day}. Agency in charge: {agency}.",
    "problem_field_theme": "Unknown theme. Choose one from the list.",
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
    # Searching the entries
    "search_link": "Search",
    "search_heading": "Search the entries",
    "search_intro": "Type one or more words, and browse the entries about them.",
    "search_question_instead": "For an answer to your own case, ask a question instead.",
    "search_label": "Words to look for",
    "search_hint": "Three letters at least, for example “VAT”. What you type is not kept.",
    "search_button": "Search",
    "search_too_short": "Type three letters at least.",
    "search_found_none": "No entry found",
    "search_found_one": "1 entry",
    "search_found": "{count} entries",
    "search_found_at_most": "More than {count} entries: here are the {count} closest. Add a word.",
    "search_results": "Entries found",
    "search_page_of": "Entries found, page {page} of {count}",
    "search_previous": "Previous page",
    "search_next": "Next page",
    "search_none_heading": "Other ways",
    "search_none_ways": "Try other words, or fewer, or ask Noa with yours.",
    "search_ask": "Ask these words as a question",
    "search_themes": "Browse the entries by theme",
    "search_all_entries": "Search all entries",
    "search_lost": "The connection seems to be lost. Your words are still in the field.",
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
    "problem_day_out_of_range_detail": "The base knows nothing of that day. Choose one from {first} to {last}.",
    "problem_field_reason": "Unknown reason. Choose among: off_topic, incomplete, unclear, outdated, other.",
    "problem_field_comment": "The comment is too long: 500 characters at most.",
    "problem_field_useful": "Choose “Yes” or “No”.",
    "problem_malformed_title": "The request cannot be read",
    "problem_malformed_detail": "The body of the request must be a well-formed JSON object, in UTF-8.",
    "problem_unreadable_title": "The address cannot be read",
    "problem_unreadable_detail": "It holds signs that are no text in UTF-8. Ask your question below.",
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
        "It was not recorded, or is not kept any more. Please ask the question again: you will get today's answer."
    ),
    "problem_method_title": "This method is not accepted here",
    "problem_method_detail": "The “Allow” header gives the methods accepted at this address.",
    "problem_conflict_title": "The entry has changed in the meantime",
    "problem_conflict_detail": "Read its newest version, then try again.",
    "problem_too_often_title": "Too many requests come from your network",
    "problem_too_often_detail": "Wait {seconds} s, then try again. Your question is not lost.",
    "problem_saturated_title": "Noa is receiving too many questions at once",
    "problem_saturated_detail": "Try again in a few seconds.",
    "problem_not_recorded_title": "Noa cannot record anything at the moment",
    "problem_not_recorded_detail": (
        "What you just sent was not kept. Noa goes on answering questions; try again in a minute."
    ),
    "problem_unavailable_title": "Noa cannot answer at the moment",
    "problem_unavailable_detail": "The service is briefly unavailable. Try again in a minute.",
    "problem_bad_request_title": "The request is not valid",
    "problem_bad_request_detail": "Check the address and the fields sent, then try again.",
    "problem_internal_title": "Something went wrong",
    "problem_internal_detail": "It has been recorded. Try again in a moment.",
}
