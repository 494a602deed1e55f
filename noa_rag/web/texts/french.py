"""The words of the pages in French."""

FRENCH = {
    # Every page
    "site_title": "Noa, les réponses de l'administration aux entrepreneurs",
    "tagline": "Les réponses de l'administration aux entrepreneurs",
    "skip_link": "Aller au contenu",
    "other_language": "English",
    "main_navigation": "Navigation principale",
    "footer_navigation": "Pied de page",
    "about_link": "À propos de Noa",
    "accessibility_link": "Accessibilité",
    "api_link": "API",
    "demonstration_notice": (
        "Jeu de démonstration : ces réponses ont été écrites pour l'essai et restent à valider par les agences."
    ),
    "demonstration_more": "En savoir plus",
    "demonstration_badge": "Jeu de démonstration, à valider par les agences",
    "list_separator": ", ",
    # The banner
    "banner_information": "À savoir :",
    "banner_crisis": "Important :",
    "banner_link": "En savoir plus sur {site}",
    "banner_theme_link": "Lire les réponses sur ce thème",
    # Asking
    "home_heading": "Une question sur votre entreprise ?",
    "home_intro": (
        "Noa vous donne la réponse écrite et validée par l'administration compétente. "
        "Si elle ne l'a pas, elle vous dit à qui la demander."
    ),
    "question_label": "Votre question",
    "question_label_again": "Une autre question ?",
    "question_hint": "Par exemple : comment déposer une marque en France ?",
    "question_privacy": (
        "N'indiquez ni nom, ni numéro personnel : la question est conservée pour améliorer le service."
    ),
    "enter_hint": "Entrée pour envoyer, Maj + Entrée pour aller à la ligne.",
    "region_label": "Votre région (facultatif)",
    "region_any": "Toute la France",
    "audience_label": "Vous êtes (facultatif)",
    "audience_any": "Tous les publics",
    "audience_start-up": "Start-up",
    "audience_tpe": "TPE (très petite entreprise)",
    "audience_pme": "PME",
    "audience_micro-entrepreneur": "Micro-entrepreneur",
    "audience_association-employeur": "Association qui emploie",
    "audience_fondateur-etranger": "Fondateur étranger",
    "ask_button": "Poser la question",
    "busy": "Noa cherche la réponse…",
    "conversation_label": "Vos questions et les réponses",
    "network_error_title": "La réponse n'est pas arrivée",
    "network_error_detail": (
        "La connexion semble coupée. Votre question est toujours dans le champ : réessayez dans un instant."
    ),
    "suggestions_heading": "Les questions par thème",
    "theme_more": "Tout le thème",
    "prefilled_note": "Votre question est écrite ci-dessous : relisez-la, puis envoyez-la.",
    "answer_page_title": "Réponse à votre question",
    # An answer
    "you_asked": "Vous avez demandé",
    "understood_as": "Vous parlez de :",
    "understood_wrong": "Ce n'est pas ça ?",
    "understood_way_out": "Posez la question entière.",
    "changed_note": (
        "La fiche a changé depuis votre question : voici ce qu'elle dit aujourd'hui. "
        "En cas de doute, posez la question de nouveau."
    ),
    "unrecorded_note": (
        "Cette réponse est valable, mais Noa n'a pas pu enregistrer votre question pour le moment : vous ne pouvez ni "
        "donner votre avis, ni garder un numéro de suivi. Si vous posez une autre question, écrivez-la en entier."
    ),
    "message_not_kept": "Votre message",
    "distress_else": "Pour le reste de votre message",
    "distress_beside": "Pour vous aider aussi",
    "needs_heading": "Votre question en contient plusieurs",
    "need_label": "Question {number} :",
    "need_unanswered": "Noa n'a pas de réponse validée à cette partie.",
    "need_ask_alone": "Posez-la seule, avec d'autres mots.",
    "field_heading": "Plusieurs réponses concernent votre question",
    "field_intro": "Ouvrez celles qui vous intéressent : chacune est le texte de son agence, mot pour mot.",
    "validated_on": "Validé le {day}",
    "validated_on_trial": "Validation d'essai : {day}",
    "answered_by": "Agence responsable : ",
    "valid_until": "Valable jusqu'au {day} inclus, heure de Paris",
    "regions_note": "Valable en : {regions}",
    "general_note": "Réponse générale : elle change selon la région ou le public. Indiquez les vôtres.",
    "general_for_region": "Réponse générale : il n'existe pas encore de réponse propre {region}.",
    "general_for_audience": "Réponse générale : il n'existe pas encore de réponse pour ce public ({audience}).",
    "of_FR-ARA": "à l'Auvergne-Rhône-Alpes",
    "of_FR-BFC": "à la Bourgogne-Franche-Comté",
    "of_FR-BRE": "à la Bretagne",
    "of_FR-CVL": "au Centre-Val de Loire",
    "of_FR-20R": "à la Corse",
    "of_FR-GES": "au Grand Est",
    "of_FR-HDF": "aux Hauts-de-France",
    "of_FR-IDF": "à l'Île-de-France",
    "of_FR-NOR": "à la Normandie",
    "of_FR-NAQ": "à la Nouvelle-Aquitaine",
    "of_FR-OCC": "à l'Occitanie",
    "of_FR-PDL": "aux Pays de la Loire",
    "of_FR-PAC": "à la région Provence-Alpes-Côte d'Azur",
    "of_FR-971": "à la Guadeloupe",
    "of_FR-972": "à la Martinique",
    "of_FR-973": "à la Guyane",
    "of_FR-974": "à La Réunion",
    "of_FR-976": "à Mayotte",
    "sources_heading": "Sources officielles",
    "more_link": "Lire la suite de la fiche",
    "permalink": "Lien vers cette fiche",
    "copy_link": "Copier le lien",
    "copied": "Lien copié",
    "details_heading": "Textes de référence, démarches et contacts",
    "legal_references": "Textes de référence",
    "online_services": "Démarches en ligne",
    "contacts": "Qui peut m'aider ?",
    "official_text": "Lire le texte officiel",
    "outdated_note": "Montants et chiffres valables jusqu'au {day}, en cours de mise à jour.",
    "french_only": "Texte officiel en anglais.",
    "trial_translation_note": "Traduction d'essai du {day}. Le texte officiel est en français.",
    "translated_note": "Traduction approuvée le {day} par {approver}. Le texte officiel est en français.",
    "original_text": "Lire le texte officiel en français",
    "step_link": "En détail : ",
    "rephrased_note": "Reformulé automatiquement à partir de la fiche validée.",
    "rephrased_announcement": "Réponse reformulée pour votre question. Le texte officiel est juste en dessous.",
    "pointed_out_note": "Texte officiel complet. Le repère est posé automatiquement : lisez aussi le reste.",
    "pointed_out_announcement": "Le passage le plus proche de votre question est signalé dans le texte officiel.",
    "stands_out_label": "Au plus près de votre question",
    "rephrase_link": "Reformuler cette réponse pour ma question",
    "rephrase_none": "Noa n'a pas trouvé de reformulation sûre : voici le texte officiel.",
    "citation_label": "Passage officiel {number}",
    "table_label": "Tableau",
    "clarification_heading": "Précisez votre question",
    "none_of_these": "Aucune de ces questions n'est la mienne",
    "abstained_heading_nothing_close": "Noa ne connaît pas la réponse",
    "abstained_heading_uncertain": "Noa préfère ne pas répondre",
    "abstained_heading_without_question": "Noa n'a pas lu de question",
    "abstained_heading_outside_validity": "Cette réponse n'est pas en vigueur",
    "abstained_heading_other_region": "Cette réponse vaut pour une autre région",
    "contact_heading": "À qui vous adresser",
    "contact_heading_general": "Pour être orienté",
    "contact_heading_meanwhile": "Sans attendre, adressez-vous à",
    "contact_heading_part": "Pour cette partie, adressez-vous à",
    "callback_label": "Être rappelé par un conseiller : ",
    "elsewhere_label": "Dans une autre région : ",
    "again_heading": "Poser la question autrement",
    "searched_words": "Noa a cherché ces mots : ",
    "unknown_words": "Aucune fiche ne contient : ",
    "unknown_advice": "Essayez un mot plus courant.",
    "again_advice": "Dites en une phrase ce que vous voulez faire, par exemple « embaucher mon premier salarié ».",
    "again_link": "Reformuler ma question",
    "closest_heading": "Les questions les plus proches",
    "closest_none": "Aucune question de la base n'est proche de la vôtre.",
    "themes_near_heading": "Les thèmes les plus proches",
    "themes_all_heading": "Chercher par thème",
    "see_in_this_language": "Voir cette page en français",
    "phone_label": "Téléphone : ",
    "hours_label": "Horaires : ",
    "page_label": "Site : ",
    # Following a question
    "follow_offer_heading": "Revenir plus tard",
    "follow_offer": (
        "Gardez un numéro : si une agence publie une réponse, vous la retrouverez avec lui. "
        "Noa ne vous demande ni nom, ni adresse électronique."
    ),
    "follow_keep": "Garder un numéro de suivi",
    "follow_kept_heading": "Votre numéro de suivi :",
    "follow_kept": (
        "Notez-le : Noa ne peut pas vous le redonner. Personne ne vous préviendra ; "
        "revenez sur la page de suivi quand vous voulez."
    ),
    "follow_open": "Ouvrir la page de suivi",
    "follow_link": "Suivre une question",
    "follow_title": "Suivi de votre question",
    "follow_intro": "Tapez le numéro que Noa vous a donné pour savoir si une réponse a été publiée.",
    "follow_label": "Numéro de suivi",
    "follow_hint": (
        "Douze chiffres et lettres, par exemple {example}. Tirets, espaces et majuscules sont facultatifs."
    ),
    "follow_send": "Voir où en est ma question",
    "follow_ask_instead": "Poser une question sans numéro",
    "follow_misread": "Ce numéro contient une erreur.",
    "follow_misread_detail": (
        "Il manque un signe, ou l'un d'eux est différent. Comparez-le avec celui que vous avez noté : "
        "il n'a ni voyelle, ni 0, ni 1."
    ),
    "follow_unknown": "Noa n'a donné ce numéro à personne.",
    "follow_unknown_detail": (
        "Relisez celui que vous avez noté. Si vous ne le retrouvez pas, posez votre question de nouveau : "
        "Noa vous donnera la réponse si elle existe, ou un autre numéro."
    ),
    "followed_asked": "Vous avez demandé, le {day}",
    "followed_waiting": "Votre question attend une réponse de l'administration",
    "followed_waiting_detail": (
        "Aucune fiche validée n'y répond pour le moment. Les agences relisent les questions restées sans réponse ; "
        "Noa ne peut promettre ni date, ni réponse. Revenez sur cette page avec votre numéro."
    ),
    "followed_in_preparation": "Une réponse est en préparation",
    "followed_in_preparation_detail": (
        "Une agence a entre les mains un projet de réponse. Il paraîtra ici une fois validé, et pas avant."
    ),
    "followed_answered": "Une réponse validée est publiée",
    "followed_answered_detail": (
        "Voici, mot pour mot, le texte que l'administration a validé pour cette question ou ses semblables."
    ),
    "followed_withdrawn": "La réponse publiée n'est plus en vigueur",
    "followed_withdrawn_detail": (
        "Une réponse avait été publiée. L'administration l'a retirée, ou elle ne vaut plus : elle n'est plus montrée."
    ),
    "followed_declined": "L'administration ne publiera pas de réponse dans Noa",
    "followed_declined_detail": (
        "Une agence a examiné cette question et a choisi de ne pas publier de fiche. Posez-la-lui directement."
    ),
    "follow_nothing_kept": (
        "Noa garde votre question, sans les données personnelles que vous auriez pu y écrire, et ce numéro. "
        "Elle ne garde rien sur vous."
    ),
    # What is new
    "news_heading": "Nouveautés",
    "news_intro": "Les fiches publiées ou modifiées par les agences ces {days} derniers jours.",
    "news_new": "Nouvelle",
    "news_changed": "Modifiée",
    "news_all": "Toutes les nouveautés",
    "news_region": "Région",
    "news_show": "Afficher",
    "news_none": "Aucune fiche n'a été publiée ni modifiée ces {days} derniers jours.",
    "news_feed_title": "Noa, nouveautés",
    "news_feed_link": "Suivre ces nouveautés par un flux Atom",
    "news_feed_hint": "Un flux se lit avec un lecteur de flux, sans compte ni adresse électronique.",
    "news_summary_new": "Nouvelle fiche, {day}. Agence responsable : {agency}.",
    "news_summary_changed": "Fiche modifiée, {day}. Agence responsable : {agency}.",
    "problem_field_theme": "Thème inconnu. Choisissez-en un dans la liste.",
    # Feedback
    "feedback_question": "Cette réponse vous a-t-elle été utile ?",
    "feedback_yes": "Oui",
    "feedback_no": "Non",
    "feedback_why": "Qu'est-ce qui n'allait pas ?",
    "feedback_reason_off_topic": "Hors sujet",
    "feedback_reason_incomplete": "Incomplète",
    "feedback_reason_unclear": "Pas claire",
    "feedback_reason_outdated": "Plus à jour",
    "feedback_reason_other": "Autre raison",
    "feedback_comment": "Un commentaire (facultatif, {limit} caractères au plus)",
    "feedback_send": "Envoyer mon avis",
    "feedback_thanks_heading": "Merci pour votre avis",
    "feedback_thanks": "Il aide les agences à compléter et à corriger leurs réponses.",
    # Entries and themes
    "theme_heading_label": "Thème",
    "theme_count_one": "1 question",
    "theme_count_many": "{count} questions",
    "theme_empty": "Aucune question n'est publiée sous ce thème pour le moment.",
    "all_themes": "Tous les thèmes",
    "in_this_entry": "Dans cette fiche",
    # Searching the entries
    "search_link": "Rechercher",
    "search_heading": "Rechercher dans les fiches",
    "search_intro": "Tapez un ou plusieurs mots, et parcourez les fiches qui en parlent.",
    "search_question_instead": "Pour une réponse à votre situation, posez plutôt une question.",
    "search_label": "Mots à rechercher",
    "search_hint": "Au moins trois lettres, par exemple « TVA ». Ce que vous tapez n'est pas conservé.",
    "search_button": "Rechercher",
    "search_too_short": "Tapez au moins trois lettres.",
    "search_found_none": "Aucune fiche trouvée",
    "search_found_one": "1 fiche",
    "search_found": "{count} fiches",
    "search_found_at_most": "Plus de {count} fiches : voici les {count} plus proches. Ajoutez un mot.",
    "search_results": "Fiches trouvées",
    "search_page_of": "Fiches trouvées, page {page} sur {count}",
    "search_previous": "Page précédente",
    "search_next": "Page suivante",
    "search_none_heading": "Pour aller plus loin",
    "search_none_ways": "Essayez d'autres mots, moins nombreux, ou demandez à Noa avec les vôtres.",
    "search_ask": "Poser ces mots comme une question",
    "search_themes": "Parcourir les fiches par thème",
    "search_all_entries": "Rechercher dans toutes les fiches",
    "search_lost": "La connexion semble coupée. Vos mots sont toujours dans le champ.",
    # In the frame of a host site
    "powered_by": "Propulsé par Noa",
    "new_tab": "nouvel onglet",
    "open_noa": "Poser la question sur le site de Noa",
    # API documentation
    "api_heading": "L'API de Noa",
    "api_intro": "Une question en JSON, une réponse en JSON. La description complète est au format OpenAPI :",
    "api_parameters": "Paramètres",
    "api_request": "Champs de la requête",
    "api_response": "Champs de la réponse",
    "api_problems": "Les erreurs",
    "api_problems_intro": "Les erreurs sont des documents « application/problem+json » (RFC 9457), avec pour type :",
    "api_required": "obligatoire",
    # Errors
    "problem_empty_question_title": "La question est vide",
    "problem_empty_question_detail": "Écrivez votre question en une ou deux phrases, puis envoyez-la.",
    "problem_invalid_question_title": "La question ne peut pas être lue",
    "problem_invalid_question_detail": (
        "Une question compte {limit} caractères au plus et ne contient que du texte. "
        "Raccourcissez-la : une ou deux phrases suffisent."
    ),
    "problem_invalid_request_title": "Un champ n'est pas valable",
    "problem_invalid_request_detail": "Corrigez le champ « {field} », puis recommencez.",
    "problem_field_region": (
        "Région inconnue. Donnez le code ISO 3166-2 d'une région ou d'un département français, "
        "par exemple FR-IDF ou FR-75."
    ),
    "problem_field_audience": (
        "Public inconnu. Choisissez parmi : start-up, tpe, pme, micro-entrepreneur, association-employeur, "
        "fondateur-etranger."
    ),
    "problem_field_lang": "Langue inconnue. Choisissez « fr » ou « en ».",
    "problem_field_mode": "Mode inconnu. Choisissez « strict » ou « assisted ».",
    "problem_field_as_of": "Date illisible. Écrivez-la AAAA-MM-JJ, par exemple 2026-11-24.",
    "problem_field_on": "Date illisible. Écrivez-la AAAA-MM-JJ, par exemple 2026-11-24.",
    "problem_day_out_of_range_detail": "La base ne connaît pas ce jour. Choisissez une date du {first} au {last}.",
    "problem_field_reason": "Raison inconnue. Choisissez parmi : off_topic, incomplete, unclear, outdated, other.",
    "problem_field_comment": "Le commentaire est trop long : 500 caractères au plus.",
    "problem_field_useful": "Choisissez « Oui » ou « Non ».",
    "problem_malformed_title": "La requête ne peut pas être lue",
    "problem_malformed_detail": "Le corps de la requête doit être un objet JSON bien formé, en UTF-8.",
    "problem_unreadable_title": "L'adresse ne peut pas être lue",
    "problem_unreadable_detail": "Elle contient des signes qui ne sont pas du texte (UTF-8). Posez votre question ici.",
    "problem_content_type_title": "Ce format n'est pas accepté",
    "problem_content_type_detail": "Envoyez du JSON, avec l'en-tête « Content-Type: application/json ».",
    "problem_too_large_title": "La requête est trop longue",
    "problem_too_large_detail": "La requête ne doit pas dépasser 64 Ko.",
    "problem_not_found_title": "Cette page n'existe pas",
    "problem_not_found_detail": "L'adresse est peut-être mal recopiée. Posez votre question ci-dessous.",
    "problem_entry_gone_title": "Cette fiche n'est pas disponible",
    "problem_entry_gone_detail": (
        "Elle a pu être retirée ou remplacée par l'agence qui en répond. Posez votre question : "
        "Noa cherchera la réponse à jour."
    ),
    "problem_unknown_host_title": "Noa n'est pas disponible sur ce site",
    "problem_unknown_host_detail": (
        "Ce site n'est pas inscrit auprès de Noa, ou ne l'est plus. Vous pouvez poser votre question directement à Noa."
    ),
    "problem_foreign_frame_title": "Cette page ne vient pas d'un site inscrit",
    "problem_foreign_frame_detail": "Rien n'a été envoyé. Posez votre question directement sur le site de Noa.",
    "problem_unknown_question_title": "Cette réponse est inconnue",
    "problem_unknown_question_detail": (
        "Elle n'a pas été enregistrée, ou n'est plus gardée. Posez la question de nouveau : "
        "vous aurez la réponse à jour."
    ),
    "problem_method_title": "Cette méthode n'est pas acceptée ici",
    "problem_method_detail": "L'en-tête « Allow » donne les méthodes acceptées à cette adresse.",
    "problem_conflict_title": "La fiche a changé entre-temps",
    "problem_conflict_detail": "Relisez sa dernière version, puis recommencez.",
    "problem_too_often_title": "Trop de demandes viennent de votre réseau",
    "problem_too_often_detail": "Attendez {seconds} s, puis recommencez. Votre question n'est pas perdue.",
    "problem_saturated_title": "Noa reçoit trop de questions à la fois",
    "problem_saturated_detail": "Réessayez dans quelques secondes.",
    "problem_not_recorded_title": "Noa ne peut rien enregistrer pour le moment",
    "problem_not_recorded_detail": (
        "Ce que vous venez d'envoyer n'a pas été gardé. Noa continue de répondre aux questions ; "
        "réessayez dans une minute."
    ),
    "problem_unavailable_title": "Noa ne peut pas répondre pour le moment",
    "problem_unavailable_detail": "Le service est momentanément indisponible. Réessayez dans une minute.",
    "problem_bad_request_title": "La requête n'est pas valable",
    "problem_bad_request_detail": "Vérifiez l'adresse et les champs envoyés, puis recommencez.",
    "problem_internal_title": "Une erreur est survenue",
    "problem_internal_detail": "Elle a été enregistrée. Réessayez dans un instant.",
}
