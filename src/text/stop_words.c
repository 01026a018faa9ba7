#include "text/stop_words.h"

/* clang-format off */

const char stop_words_danish[] =
    " "
    "af alle alt anden at blev blive bliver da de dem den denne der deres det "
    "dette dig din disse dog du efter eller en end er et for fra ham han hans "
    "har havde have hende hendes her hos hun hvad hvis hvor i ikke ind jeg jer "
    "jo kunne man mange med meget men mig min mine mit mod ned noget nogle nu "
    "når og også om op os over på selv sig sin sine sit skal skulle som sådan "
    "thi til ud under var vi vil ville vor være været ";

const char stop_words_dutch[] =
    " "
    "aan al alles als altijd andere ben bij daar dan dat de der deze die dit "
    "doch doen door dus een eens en er ge geen geweest haar had heb hebben heeft "
    "hem het hier hij hoe hun iemand iets ik in is ja je kan kon kunnen maar me "
    "meer men met mij mijn moet na naar niet niets nog nu of om omdat onder ons "
    "ook op over reeds te tegen toch toen tot u uit uw van veel voor want waren "
    "was wat werd wezen wie wil worden wordt zal ze zelf zich zij zijn zo zonder "
    "zou ";

const char stop_words_english[] =
    " "
    "a about above after again against all am an and any are aren't as at be "
    "because been before being below between both but by can can't cannot could "
    "couldn't did didn't do does doesn't doing don't down during each few for "
    "from further had hadn't has hasn't have haven't having he he'd he'll he's "
    "her here here's hers herself him himself his how how's i i'd i'll i'm i've "
    "if in into is isn't it it's its itself let's me more most mustn't my myself "
    "no nor not of off on once only or other ought our ours ourselves out over "
    "own same shan't she she'd she'll she's should shouldn't so some such than "
    "that that's the their theirs them themselves then there there's these they "
    "they'd they'll they're they've this those through to too under until up "
    "very was wasn't we we'd we'll we're we've were weren't what what's when "
    "when's where where's which while who who's whom why why's will with won't "
    "would wouldn't you you'd you'll you're you've your yours yourself "
    "yourselves ";

const char stop_words_finnish[] =
    " "
    "ei eivät ellei emme en enkä et ette että he hän häneen hänelle hänellä "
    "häneltä hänen hänessä hänestä hänet häntä ja johon joiden joissa joista "
    "joita joka jolla jolle jolta jonka jos jota jotka kanssa ken keneen kenelle "
    "kenen kenet ketkä ketä koska kuin kuka kun me meidän meidät meihin meille "
    "meillä meiltä meissä meistä meitä mihin mikä mille millä minkä minua "
    "minulla minulle minulta minun minussa minusta minut minuun minä mitkä mitä "
    "mukaan mutta ne niiden niihin niille niillä niin niissä niistä niitä noiden "
    "noita nuo nyt näiden näihin näille näillä näissä näistä näitä nämä ole "
    "olemme olen olet olette oli olimme olin olisi olisimme olisin olisit "
    "olisivat olit olitte olivat olla olleet ollut on ovat poikki se sekä sen "
    "siihen siinä siitä sille sillä siltä sinua sinulla sinulle sinun sinut sinä "
    "sitä tai te teidän teidät teille teitä tuo tuon tuossa tuosta tuota tähän "
    "tälle tällä tämä tämän tässä tästä tätä vaan vai vaikka yli ";

const char stop_words_french[] =
    " "
    "ai aie aient aies ait as au aura aurai auraient aurais aurait auras aurez "
    "auriez aurions aurons auront aux avaient avais avait avec avez aviez avions "
    "avons ayant ayez ayons c ce ceci cela ces cet cette d dans de des du elle "
    "en es est et eu eue eurent eus eut eux furent fus fut fûmes il ils j je l "
    "la le les leur leurs lui m ma mais me mes moi mon même n ne nos notre nous "
    "on ont ou par pas pour qu que quel quelle quelles quels qui s sa sans se "
    "sera serai seraient serais serait seras serez seriez serions serons seront "
    "ses soi soient sois soit sommes son sont soyez soyons suis sur t ta te tes "
    "toi ton tu un une vos votre vous y à étaient étais était étant étiez étions "
    "été êtes ";

const char stop_words_german[] =
    " "
    "aber alle allem allen aller alles als also am an ander andere anderem "
    "anderen anderer anderes auch auf aus bei bin bis bist da damit dann das "
    "dass dasselbe dazu daß dein deine deinem deinen deiner dem demselben den "
    "denn der derer derselbe derselben des desselben dessen dich die dies diese "
    "dieselbe dieselben diesem diesen dieser dieses dir doch dort du durch ein "
    "eine einem einen einer eines einig einige einigem einigen einiger einiges "
    "einmal er es etwas euch euer eure eurem euren eurer für gegen gewesen hab "
    "habe haben hat hatte hatten hier hin hinter ich ihm ihn ihnen ihr ihre "
    "ihrem ihren ihrer im in indem ins ist jede jedem jeden jeder jedes jene "
    "jenem jenen jener jenes jetzt kann kein keine keinem keinen keiner können "
    "könnte machen man manche manchem manchen mancher mein meine meinem meinen "
    "meiner mich mir mit muss musste nach nicht nichts noch nun nur ob oder ohne "
    "sehr sein seine seinem seinen seiner selbst sich sie sind so solche solchem "
    "solchen solcher soll sollte sondern sonst um und uns unser unsere unserem "
    "unseren unter viel vom von vor war waren warst was weg weil weiter welche "
    "welchem welchen welcher welches wenn werde werden wie wieder will wir wird "
    "wirst wo wollen wollte während würde würden zu zum zur zwar zwischen über ";

const char stop_words_hungarian[] =
    " "
    "a abban ahhoz ahogy ahol aki akik akkor alatt amely amelyek amelyekben "
    "amelyeket amelyet amelynek ami amikor amit amolyan amíg annak arra arról az "
    "azok azon azonban azt aztán azután azzal azért be belül benne bár cikk csak "
    "de e eddig egy egyes egyetlen egyik egyre egyéb egész ehhez el ellen első "
    "elő először előtt emilyen ennek erre ez ezek ezen ezt ezzel ezért fel felé "
    "hanem hiszen hogy hogyan igen illetve ilyen ilyenkor ismét ison itt jobban "
    "jó jól kell kellett keressünk keresztül ki kívül között közül legalább "
    "legyen lehet lehetett lenne lenni lesz lett maga magát majd meg mellett "
    "mely melyek mert mi mikor milyen minden mindenki mindent mindig mint mintha "
    "mit mivel miért most már más másik még míg nagy nagyobb nagyon ne nekem "
    "neki nem nincs néha néhány nélkül olyan ott pedig persze rá s saját sem "
    "semmi sok sokat sokkal szemben szerint szinte számára talán tehát teljes "
    "tovább továbbá több ugyanis utolsó után utána vagy vagyis vagyok valaki "
    "valami valamint való van vannak vele vissza viszont volna volt voltak "
    "voltam voltunk által általában át én és így össze új újabb újra ő ők őket ";

const char stop_words_italian[] =
    " "
    "a abbia abbiamo ad agli ai al alla alle allo anche avere aveva avevano "
    "avevo avrà avuta avuto c che chi ci coi col come con contro cui da dagli "
    "dai dal dalla dalle dallo degli dei del della delle dello di dov dove e "
    "ebbe ed era erano eri ero essendo faccio fra fu furono gli ha hai hanno ho "
    "i il in io l la le lei li lo loro lui ma mi mia mie miei mio ne negli nei "
    "nel nella nelle nello noi non nostra nostre nostri nostro o per perché più "
    "quale quanta quante quanti quanto quella quelle quelli quello questa queste "
    "questi questo sarà se sei si sia siamo siano siate siete sono sta stai "
    "stato su sua sue sugli sui sul sulla sulle sullo suo suoi te ti tra tu tua "
    "tue tuo tuoi tutti tutto un una uno vi voi vostra vostre vostri vostro è ";

const char stop_words_norwegian[] =
    " "
    "alle at av bare begge ble blei bli blir blitt både båe da de deg dei deim "
    "deira deires dem den denne der dere deres det dette di din disse ditt du "
    "dykk dykkar då eg ein eit eitt eller elles en enn er et ett etter for fordi "
    "fra før ha hadde han hans har hennar henne hennes her hjå ho hoe honom hoss "
    "hossen hun hva hvem hver hvilke hvilken hvis hvor hvordan hvorfor i ikke "
    "ikkje ingen ingi inkje inn inni ja jeg kan kom korleis korso kun kunne kva "
    "kvar kvarhelst kven kvi kvifor man mange me med medan meg meget mellom men "
    "mi min mine mitt mot mykje ned no noe noen noka noko nokon nokor nokre nå "
    "når og også om opp oss over på samme seg selv si sia sidan siden sin sine "
    "sitt sjøl skal skulle slik so som somme somt så sånn til um upp ut uten var "
    "vart varte ved vere verte vi vil ville vore vors vort vår være vært å ";

const char stop_words_portuguese[] =
    " "
    "a ao aos aquela aquelas aquele aqueles aquilo as até com como da das de "
    "dela delas dele deles depois do dos e ela elas ele eles em entre era eram "
    "essa essas esse esses esta estamos estas estava estavam este esteja estes "
    "esteve estive estou está estão eu foi fomos for foram fosse fui haja hajam "
    "havia houve há isso isto já lhe lhes lo mais mas me mesmo meu meus minha "
    "minhas muito na nas nem no nos nossa nossas nosso nossos num numa não nós o "
    "os ou para pela pelas pelo pelos por qual quando que quem se seja sejam sem "
    "ser seria será serão seu seus somos sou sua suas são só também te tem temos "
    "tenha tenho ter terá teu teus teve tinha tinham tive tu tua tuas têm um uma "
    "você vocês vos à às é ";

const char stop_words_romanian[] =
    " "
    "a acea aceasta această aceea acei aceia acel acela acele acelea acest "
    "acesta aceste acestea acești aceștia acolo acum ai aia aici al ale alea alt "
    "alta altceva altcineva am ar are asta astea atunci atât au avea aveam avem "
    "aveți azi aș ca care ce cea ceea cei cel cele celor ceva chiar ci cine "
    "cineva cu cum când cât câte câtă câți că căci cărei căror cărui da dacă dar "
    "de deci deja deoarece departe deși din dintre doar după ea ei el ele eram "
    "este eu face fi fie fiecare fii fim fiu fost fără i iar la le li lor lui "
    "lângă mai mea mei mele mereu meu mi mie mine mult multă mulți ne ni nici "
    "niciodată nimeni nimic niște noastre noastră noi nostru nou noștri nu o "
    "oare ori orice oricine pe pentru peste poate prea prin printr până s sa "
    "sale sau se sub sunt suntem sunteți sî să său ta tale te toate toată tot "
    "totuși toți tu tău un una unde unei unele uneori unii unor unui unul va vi "
    "voastre voastră voi vor vostru voștri vreo vreun vă îi îl îmi împotriva în "
    "înainte încât încă între își îți și ți ție ";

const char stop_words_russian[] =
    " "
    "а без более больше будет будто бы был была были было быть в вам вас вдруг "
    "ведь во вот впрочем все всегда всего всех всю вы где да даже два для до "
    "другой его ее ей ему если есть еще ж же за зачем здесь и из или им иногда "
    "их к как какая какой когда конечно кто куда ли лучше между меня мне много "
    "может можно мой моя мы на над надо наконец нас не него нее ней нельзя нет "
    "ни нибудь никогда ним них ничего но ну о об один он она они опять от перед "
    "по под после потом потому почти при про раз разве с сам свою себе себя "
    "сейчас со совсем так такой там тебя тем теперь то тогда того тоже только "
    "том тот три тут ты у уж уже хорошо хоть чего чем через что чтоб чтобы чуть "
    "эти этого этой этом этот эту я ";

const char stop_words_spanish[] =
    " "
    "a al algo algunas algunos ante antes como con contra cual cuando de del "
    "desde donde durante e el ella ellas ellos en entre era eran eras eres es "
    "esa esas ese eso esos esta estaba estaban estado estar estas este esto "
    "estos estoy está están fue fueron fui ha había habían hace han has hasta "
    "hay he hemos la las le les lo los me mi mis mucho muchos muy más mí nada ni "
    "no nos nosotros nuestra nuestras nuestro nuestros o os otra otras otro "
    "otros para pero poco por porque que quien quienes qué se sea sean ser será "
    "si sido sin sobre sois somos son soy su sus suya suyo sí también tanto te "
    "tenemos tener tengo ti tiene tienen todo todos tu tus tuya tuyo tú un una "
    "uno unos vosotros vuestra vuestras vuestro vuestros y ya yo él ";

const char stop_words_swedish[] =
    " "
    "alla allt att av blev bli blir blivit de dem den denna deras dess dessa det "
    "detta dig din dina ditt du där då efter ej eller en er era ert ett från för "
    "ha hade han hans har henne hennes hon honom hur här i icke ingen inom inte "
    "jag ju kan kunde man med mellan men mig min mina mitt mot mycket ni nu när "
    "någon något några och om oss på samma sedan sig sin sina sitta själv skulle "
    "som så sådan sådana sådant till under upp ut utan vad var vara varför varit "
    "varje vars vart vem vi vid vilka vilkas vilken vilket vår våra vårt än är "
    "åt över ";

const char stop_words_turkish[] =
    " "
    "acaba ama ancak artık aslında az bana bazı belki ben benden beni benim bile "
    "bir biraz biri birkaç birçok birşey biz bizden bize bizi bizim bu buna "
    "bunda bundan bunlar bunları bunların bunu bunun burada böyle da daha dahi "
    "de defa değil diye diğer dolayı en eğer fakat gibi göre halen hangi hatta "
    "hem henüz hep hepsi her herhangi herkes hiç hiçbir hâlâ ile ilgili ise "
    "itibaren için işte kadar karşın kendi kendine kendini ki kim kime kimi "
    "kimse mi mu mü mı nasıl ne neden nedenle nerde nerede nereye niye niçin o "
    "olan olarak oldu olduğu olmak olması olsa olur olursa ona ondan onlar "
    "onlara onlardan onları onların onu onun oysa pek rağmen sadece sanki sen "
    "senden seni senin siz sizden size sizi sizin sonra tarafından tüm var ve "
    "veya ya yani yerine yine yoksa zaten çok çünkü öyle üzere şayet şey şimdi "
    "şu şuna şunlar şunu şöyle ";
/* clang-format on */
