"""Words that make a name sure, and words that stand where a name could and are none, all folded.

The first decide where a title or a signature is missing; the others follow a title, a greeting or "je suis".
"""

from noa_rag.french.language import ENGLISH_WORDS
from noa_rag.french.words import STOP_WORDS

GIVEN_NAMES = frozenset(
    """
    aaron abdel abdelaziz abdelkader abdelkrim abdellah abdou abdoulaye abel abigail abraham achille achraf adam
    adama adelaide adele adeline adil adnan adrian adrien adrienne agathe agnes ahmed aicha aida aimee aissa aissata
    aissatou akim alain alan alassane alban albane albert alberte albin aleksandra alessandro alex alexandra
    alexandre alexane alexia alexis alfred ali alice alicia aline aliou alioune alison alix allan alma alois
    alphonse alyssa amadou amael amandine amara ambre ambroise amel amelia amelie amina aminata amine amir amira amy
    anais anas anastasia anatole anderson andre andrea andreas andree andrew andy angela angele angelina angelique
    angus anissa anita ann anna annabelle anne annette annick annie anny anouk anthony antoine antoinette antonia
    antonin antonio apolline ariane ariel aristide arjun arlette armand armande armelle arnaud arsene arthur ashley
    asma assa assia astrid athenais aude audrey auguste augustin augustine aurelie aurelien aurore awa axel axelle
    aya aymeric ayoub aziz aziza bachir bakary baptiste barbara barnabe barry bastien batiste beatrice beatrix ben
    benedetta benedicte benjamin benoit berangere berenice bernadette bernard bernardo berthe bertrand betty bilal
    bill binta blanche blandine boris boubacar brahim brandon brendan brian brice bridget briec brigitte bruce bruno
    bryan callum camelia camille candice capucine carine carl carla carlos carmen carole carolina caroline caterina
    catherine catriona cecile cecilia cedric celestin celestine celia celina celine cesar chad chafik chahinez
    chantal charlene charles charlie charline charlotte cheick cheikh cheryl chiara chloe chris christel christele
    christelle christian christiane christine christophe christopher chuong cindy claire clara clarisse claude
    claudette claudia claudie claudine clea clelia clemence clement clementine clotilde colette colin coline colleen
    colombe connor constance constantin coralie coraline corentin corinne cosima craig cyprien cyrielle cyril
    cyrille dado dalila damaris damien dan daniel daniela daniele danielle danny daouda daphne darren dave david
    davy dean deborah declan deepak delphine denis denise deniz derek desire desiree diana diane didier diego
    dieudonne dimitri diop djamel djamila djibril dolores dominique donald donia donna donovan dora dorian dorine
    doris dorothee doug dounia driss drissa duncan dylan edgar edith edmond edouard edward edwige eileen elea
    eleanor elena eleonore eliane elias elie elif eliot elisa elisabeth elise elizabeth ella ellen elliott elodie
    eloi eloise elsa elvire ema emeline emile emilie emilien emilio emily emma emmanuel emmanuelle emre enea enora
    enzo eoin eric erica erika erin erwan erwann esma esteban estelle esther ethan etienne eugene eugenie eulalie
    eva evan evelyne ewan ewen fabien fabienne fabio fabiola fabrice fadila faiza fanny fanta faouzi farah farid
    farida fatiha fatima fatimata fatma fatou fatoumata faustine federico felicie felicien felix ferdinand fernand
    fernande fernando fethi filipe fiona firmin flavia flavie flavien fleur flora florence florent florentin florian
    floriane florine fode foued francesca francesco francine francis francisco franck francois francoise frank fred
    freddy frederic frederique gabin gabriel gabriela gabriele gabrielle gael gaelle gaetan gaetane gary gaspard
    gaston gauthier gautier gavin gemma genevieve geoff geoffrey geoffroy george georges georgette gerald geraldine
    gerard germain germaine ghislain ghislaine ghizlane gilbert gilberte gildas gilles gillian gina ginette giovanni
    gisele giulia giuseppe gladys glen gontran grace graham greg gregoire gregory greta guilhem guillaume
    guillemette gurvan gustave guy gwenael gwenaelle gwendal gwendoline habib habiba hadrien hafida hafsa hakim
    halima hamed hamid hamza hanae hannah hans harmonie harriet harry hassan hassane hassiba hatem hawa heather
    hector heidi helen helena helene heloise henri henriette henry herve hicham hilaire hind hoa holly honore
    honorine horace hortense houda houria hubert hugh hugo hugues huguette humbert hussein ian ibrahim ibrahima
    idriss idrissa ignace igor ilan ilona ilyas ilyes imad imane imen ines ingrid irene irina iris isaac isabelle
    isadora isaure ishak isla ismael ismail issa issam iva ivan jack jackie jacky jacob jacqueline jacques jade
    jalil jamal jamel james jamila jan jana jane janet janine jason jawad jean jeanette jeanne jeannine jeff
    jennifer jenny jeremie jeremy jerome jessica jessy jihad jihane jill jim joachim joan joana joanna joanne joao
    joaquim jocelyn jocelyne jodie joe joel joelle joffrey johan johann johanna johannes john jonas jonathan jordan
    jordi jorge jose josee joseph josephine josette josh joshua josiane josselin josue joyce juan judicael judith
    jules julia julian juliana julie julien julienne juliette jurgen justin justine kader kadiatou kamel karen karim
    karima karin karine karl kassandra katarina kate katell katherine kathleen katia katie keith kelly ken kenneth
    kenza kerry kevin khadidja khadija khaled kilian killian kim kirsty klaus koffi kofi konstantin kouassi krishna
    kumar kylian laetitia lahcen laila lamia lamine lana lancelot lara lars latifa laura laure laureen lauren
    laurence laurene laurent laurette laurie laurine lazare lea leandre leane lee leila lena leo leon leonard leonie
    leonor leopold lesley leslie liam lila lilian liliane lilou lily lina linda lionel lisa lise lison loic loick
    lois lola lorenzo lorraine lou louane louis louisa louise luc luca lucas luce lucia lucie lucien lucienne lucile
    lucille lucy ludivine ludovic luigi luis luisa luke luna lydia lydie lylia lynn maceo madeleine mado mady mae
    mael maelis maelle maelys maeva magali magalie magda magdalena maggy mahamadou mahdi maia maimouna maite malcolm
    malik malika malo malvina mamadou manel manon manuel manuela marc marceau marcel marcelin marcelle marco marek
    margaret margaux margot marguerite maria mariam mariama mariame marianne marie mariel marielle marina marine
    mario marion marius marjolaine marjorie mark marlene marouane marta martha marthe martial martin martina martine
    marvin marwa marwan mary maryam maryline maryse maryvonne massimo mateo mathias mathieu mathilde mathis mathurin
    mathys matt matteo matthew matthias matthieu maud maude maureen maurice mauricette max maxence maxime maximilien
    maxine maya mechthild medhi megan mehdi mehmet mei melanie melina meline melissa melodie melvin mercedes meriem
    meryem mia michael michel michele micheline michelle mickael miguel miguelina mikael mike mila milan milena milo
    mina mirabelle mireille miriam mirko modou mohamed mohammed mohit moise molly mona monica monique morgan morgane
    mouloud mouna mounia mounir mourad moussa moustapha muriel mustapha myriam myrtille nabil nabila nadege nader
    nadia nadine nael naima nais nancy naomi narcisse nasser nassim nassima natacha natalia natasha nathalie nathan
    nathanael nawal nawel neil nelly nelson nessim nestor niall niamh nick nicola nicolas nicole nigel nikhil nina
    nino noa noam noe noel noelie noelle noemie noha nolan nolwenn nora norah norbert nordine norma nour noura
    noureddine oceane octave odette odile olga olive oliver olivia olivier omar ombeline oriane orlane orphee oscar
    othman ottavio oumar oumou ousmane owen pablo paco pamela paola paolo paquita pascal pascale patel patrice
    patricia patrick paul paula paule paulette paulin pauline paulo pavel pedro peggy perle perrine peter petra phil
    philibert philip philippa philippe philippine philomene pier pierre pierrette pierrick pieter piotr polly prisca
    priscilla priya prosper quentin rabah rabia rachel rachid rachida radia rafael rainer raj ralph ramata ramon
    ramzi randa raoul raphael raphaelle rayan raymond raymonde rebecca reda regine regis reine remi remy renaud rene
    renee reynald rhys riad ricardo richard rita rob robert roberto robin robyn rodolphe rodrigue roger rokia roland
    rolande romain romane romaric romeo romuald ronan rosa rosalie rosario rose roseline rosemonde rosine ross
    roxane ruben rudy ruth ryan sabah sabine sabri sabrina sacha sadia safia said saida salah salem salif salima
    salimata sally salma salome salomon salvatore sam samantha sami samia samir samira samuel sanaa sandeep sandra
    sandrine sandy sanjay santiago sara sarah sarra sasha saskia savannah scott sean sebastien segolene selena selim
    selma serena serge sergei sergine sergio severin severine seydou shaima shannon sharon shaun sheila sibylle sidi
    sidonie siham sihem silvia simeon simon simone sinan siobhan sirine sixtine soazig sofia sofian sofiane sokhna
    solange solene solenne soline solveig sonia sophia sophie soraya souad souhila soukaina soulaymane souleymane
    stanislas steeve stefan stefania stella stephan stephane stephanie stephen steve steven stuart sue susan suzanne
    suzette suzie sven svetlana sybille sylvain sylvaine sylvester sylvette sylviane sylvie taha tahar tancrede
    tanguy tania tara tarek tatiana ted teddy teresa terry tess tessa thais thea theo theodora theodore theophile
    therese thi thibaud thibault thibaut thierry thiphaine thomas tifenn tiffany tim timeo timothe timothee tina
    tiphaine titouan toby tom tomasz tommy toni tony toufik toussaint tracy trevor tristan tugdual ugo ulrich ulrike
    ulysse urbain ursule valentin valentine valere valerian valeriane valerie vanessa vassili vera veronique vianney
    victoire victor victoria victorien vikram vincent vincenzo viola violaine violette virgile virginia virginie
    vivek vivian viviane vladimir walid walter wassim wei wendie wendy werner wided wilfried wilhelm will william
    willy wissam wolfgang xavier xaviere yacine yael yaelle yan yanis yann yannick yannis yara yasmina yasmine
    yassin yassine yoann yohan yohann yolande youcef younes youness youri youssef youssouf ysaline yseult yuki yusuf
    yvan yves yvette yvon yvonne zach zacharie zahra zakaria zara zeineb zelie zeynep zina zineb zinedine zoe zohra
    zoubida
    """.split()  # noqa: SIM905 - a list of names reads better as words
)

# Given names that are words, places or months too: alone, in lower-case letters, they make nothing sure.
ALSO_WORDS = frozenset(
    """
    aimee ali ambre auguste augustin aurore automne avril ben bill blanche brice capucine cecile cesar charlotte
    claire clement colombe constance constant dado dan dean desire eve fleur flora florence florentin france franck
    gary gaston grace harmonie honore issa jack jade jean jules juste ken kim lee lorraine lou luce luna madeleine
    mado mae marguerite marine mark martial max mercedes mia mina modeste nick noa noel olive parfait pascal perle
    pier prosper ravi ray reine rob rose sam santiago savannah sidi sue ted thi tim tom urbain valentin victoire
    vincent viola violette virginia wei will yan
    """.split()  # noqa: SIM905 - a list of names reads better as words
)

# Surnames that are frequent in France, and those of which the first word looks like an article.
SURNAMES = frozenset(
    """
    adam albert alves amrani andre antoine arnaud aubert aubry auger bah bailly barbe barbier baron barre barry
    benali benoit berger bernard bertin bertrand besson bigot blanc blanchard blin bodin boucher boulanger bourgeois
    boutin bouvier boyer breton briand brown brun bruneau brunet camara camus carlier caron carpentier carre charles
    charpentier chevalier chevallier cisse clement colin collet collin cordier costa coulibaly cousin da daniel
    david davies delaunay delmas denis descamps deschamps devaux diallo diarra diaz diop dubois dufour dumas dumont
    dupont dupuis dupuy durand duval etienne evans evrard fabre faure fernandes fernandez ferrand ferreira fischer
    fleury fofana fontaine fournier francois gaillard garcia garnier gauthier gautier gay georges gerard germain
    gilbert gilles girard giraud gomes gomez goncalves gonzalez grondin gros guerin guichard guillaume guillot guyot
    haddad hamon henry herve hoarau hoffmann hubert huet imbert jacob jacques jacquet jean jeanne johnson joly jones
    jourdan julien keita klein konate kone lacroix lambert lamy langlois laporte laurent leblanc lebrun leclerc
    leclercq lecomte lefebvre lefevre legrand lemaire lemaitre lemoine leroux leroy lesage leveque levy lopes lopez
    louis lucas mace maillard mallet marchal marchand marie marion martel martin martinez martins masson mathieu
    menard mendes mercier meunier meyer michaud michel millet monnier moreau morel moreno morin moulin muller ndiaye
    nguyen nicolas noel oliveira olivier paris pasquier paul payet pelletier pereira perez perret perrin perrot
    petit petitjean philippe picard pichon pierre poirier pons poulain prevost raymond remy renard renaud renault
    rey reynaud ribeiro richard riviere robert robin roche rodrigues rodriguez roger rolland rousseau roussel roux
    roy royer sanchez santos sarr sauvage schmitt schneider silva simon sissoko smith sow taylor tessier thomas
    toure tran traore vasseur verdier vidal vincent wagner walker weber williams wilson wright yilmaz zimmermann
    """.split()  # noqa: SIM905 - a list of names reads better as words
)
AFTER_ARTICLE = frozenset(
    """
    bail bars baut berre bihan blanc blay borgne bot bras bris brun calvez cam cerf coq corre dantec duc duff faou
    floc'h floch fontaine fur gac gal gall garrec gars goff goffic gouic guen guennec haye hen henaff jeune lann lay
    mao marchand masson meur moal moigne moine nay noir ny page pape pen petit poul prince quere roch rochelle roux
    roy ru salle saux scouarnec tallec tellier tour treut troadec turc vaillant villeneuve
    """.split()  # noqa: SIM905 - a list of names reads better as words
)

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
    president presidente presidents agree agreee veterinaire traitant maire ministre prefet prefete sous-prefet
    sous-prefete directeur directrice juge
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
