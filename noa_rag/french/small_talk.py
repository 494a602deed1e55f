"""Words that ask nothing, folded: small talk, and those by which somebody tells how she is reached."""

# A sentence of nothing but these words, and of words without meaning, asks nothing.
SMALL_TALK_WORDS = frozenset(
    """
    aide aider allez allo aujourd beaucoup bien bisous bof bon bonne bonsoir bravo bsr bjr bye cool
    cordialement coucou dacc day demain dis evening excellente good great haha hello help hey hmm hum
    infiniment jolie journee jtm lol mdr merci moi morning mrc nickel night nice noa nuit oui ouais okay
    parfait please prochaine remercie revoir rien sais salut slt soir soiree souhaite super sympa test there
    are ca va tester testing thank thanks thx toi top toujours tres trop vais vas veuillez week wesh yes you
    your
    """.split()  # noqa: SIM905 - a list of words reads better as words
)

# With a number or an address that was masked, a sentence of nothing but these words only tells how to reach somebody.
REACHING_WORDS = frozenset(
    """
    adresse appel appeler appelle appellez appelez banque bancaire carte compte contact contacter contactez
    coordonnees dispo disponible ecrire ecrivez email fixe iban identifiant joignable joindre mail mel mobile
    nir nom numero numeros num perso personnel portable prenom rappel rappeler rappelez rappele rib secu
    securite sms sociale tel telephone voici address call card my name number phone reach conseiller
    conseillere joignez parler rappelee rappeles recontacte recontacter recontactez telephoner telephonez
    at back be can could is me on please somebody someone speak want
    aimerais besoin quelqu souhaite souhaiterais veux voudrais
    """.split()  # noqa: SIM905
)
