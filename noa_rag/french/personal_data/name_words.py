"""Words that stand where a name could, folded: after a title, a greeting or "je suis", they are no name."""

from noa_rag.french.language import ENGLISH_WORDS
from noa_rag.french.words import STOP_WORDS

PARTICLES = frozenset(
    """
    de du des la le les da do dos das di del della el al ben bel bou bin ibn ould van von der den ter ten zu d l o ait
    mac mc st
    """.split()  # noqa: SIM905
)
_GRAMMAR = frozenset(
    """
    nom prenom prenoms adresse tel telephone mail email activite naissance
    je j tu il elle on nous vous ils elles moi toi mon ma mes son sa ses notre nos votre vos leur leurs ce cet cette
    ces qui que quoi dont ou est suis es sommes etes sont ai as a avons avez ont etait etais sera serait peut peux
    puis pouvez pourriez pourrait veuillez voudrais souhaite souhaiterais aimerais cherche ayant etant suite
    concernant pas plus jamais rien tout toute tous toutes meme tres trop bien mal bonjour bonsoir salut coucou
    hello merci bonne bon journee soiree avance cordialement salutations sinceres respectueusement beaucoup madame
    monsieur mademoiselle mesdames messieurs mme mr mlle m me dr cher chere monde svp stp urgent objet question bref
    oui non si mais et donc car dit disent veut veulent demande refuse conseille recommande doit va fait nomme
    appelle lambda michu jourdain dupond quidam untel wants want has have is was are does did says said told asks
    asked here there this that these those an the i we you he she they it in on at from with regards kind best many
    thanks thank dear sir sincerely yours faithfully not no yes some any
    """.split()  # noqa: SIM905
)
_OFFICES = frozenset(
    """
    president presidente presidents maire ministre prefet prefete sous-prefet sous-prefete directeur directrice juge
    procureur procureure inspecteur inspectrice conseiller conseillere notaire avocat avocate greffier greffiere
    gerant gerante commissaire rapporteur rapporteure responsable chef cheffe patron patronne controleur controleuse
    tresorier tresoriere percepteur receveur administrateur administratrice mandataire liquidateur huissier expert
    comptable secretaire agent agente delegue deleguee docteur maitre professeur adjoint adjointe officier medecin
    mediateur mediatrice defenseur chancelier recteur proviseur syndic batonnier doyen senateur senatrice depute
    deputee premier ambassadeur consul banquier banquiere proprietaire bailleur locataire client cliente fournisseur
    voisin voisine employeur salarie salariee associe associee artisan commercant commercante autoentrepreneur
    auto-entrepreneur autoentrepreneuse auto-entrepreneuse entrepreneur entrepreneuse micro-entrepreneur
    micro-entrepreneuse micro createur creatrice createurs dirigeant dirigeante independant independante freelance
    liberal liberale etudiant etudiante retraite retraitee chomeur demandeur infirmier infirmiere photographe
    graphiste consultant consultante plombier electricien coiffeuse coiffeur restaurateur traiteur agriculteur
    agricultrice vtc livreur auteur autrice formateur formatrice developpeur developpeuse prestataire particulier
    professionnel personne ouvrage oeuvre nageur conferences chien apprentissage pharmacie medecine informatique
    sciences perdu perdue ne nee francais francaise etranger etrangere mariee celibataire majoritaire minoritaire
    unique debordee deborde confused worried small new self sole owner director trading business company french
    english british american european citizen resident living looking trying planning starting thinking entrepreneur
    freelancer founder
    """.split()  # noqa: SIM905
)
_FIRMS = frozenset(
    """
    sarl sas sasu eurl sci sa snc scop scic ei eirl gie gaec scp selarl sel holding urssaf insee inpi cfe cfp tva
    caf cpam cpf rsi msa cci cma dgfip drfip sie sip ape naf siret siren rcs rne kbis ceo uk eu usa societe
    entreprise groupe equipe l'equipe association collectif cabinet noa
    """.split()  # noqa: SIM905
)
# Of trades and places there are surnames as well ("M. Garage" is none, "Mme Jardin" is one): "Mme" makes these sure.
_TRADES = frozenset(
    """
    boulangerie patisserie garage restaurant boutique magasin coiffure pizzeria pizza burger pressing cuisine
    cuisines piscine piscines bebe sushi tacos kebab vape services service conseil consulting immobilier immo auto
    autos moto nettoyage batiment renovation jardin fleurs fleuriste institut beaute salon spa studio agence atelier
    maison cafe bar hotel tabac assurance assurances banque credit transports transport peinture plomberie chauffage
    electricite maconnerie couverture menuiserie france paris lyon marseille macon artiste taxi monde droit
    """.split()  # noqa: SIM905
)
_BRANDS = frozenset(
    """
    bricolage store meuble meubles propre clean muscle coq malin figaro loyal pneu martens pepper oetker potato bean
    potter charlie
    """.split()  # noqa: SIM905
)
NEVER_NAMES = (
    (_BRANDS | _GRAMMAR | _OFFICES | _FIRMS | ENGLISH_WORDS | STOP_WORDS)
    - PARTICLES
    - {"marie", "tout", "vert", "haut"}
)
SELDOM_NAMES = _TRADES
