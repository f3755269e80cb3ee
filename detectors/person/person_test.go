package person

import (
	"strings"
	"testing"

	"habeas/detectors"
	"habeas/detectors/detectortest"
)

type tags = []detectors.Tag

func tag(group, name, value string) tags {
	return tags{{Group: group, Name: name, Value: value}}
}

func named(role string, values ...string) (out []detectors.Finding) {
	for _, v := range values {
		out = append(out, detectors.Finding{Kind: detectors.Name, Role: role, Value: v, Confidence: 0.4})
	}
	return out
}

func sure(role, rule, value, canonical string) []detectors.Finding {
	return []detectors.Finding{{Kind: detectors.Name, Role: role, Value: value, Canonical: canonical, Rule: rule, Confidence: 0.8}}
}

const (
	creator   = detectors.RoleCreator
	owner     = detectors.RoleOwner
	author    = detectors.RoleAuthor
	editor    = detectors.RoleEditor
	contact   = detectors.RoleContact
	copyright = detectors.RoleCopyright
)

var proseCases = []detectortest.Case{
	{Name: "text, listed", Text: "We heard that Hannah Miller called on Tuesday.", Only: true, Want: inText("Hannah Miller")},
	{Name: "text, titled", Text: "Please ask Dr. Qorlan before noon.", Only: true, Want: inText("Qorlan")},
	{Name: "text, titles in a row", Text: "Sehr geehrte Frau Dr. Ixu Qorlan, anbei die Unterlagen.", Only: true, Want: inText("Ixu Qorlan")},
	{Name: "text, greeted", Text: "Dear Ixu Qorlan,\nyour parcel is on its way.", Only: true, Want: inText("Ixu Qorlan")},
	{Name: "text, cued", Text: "the chart of patient Ixu Qorlan was moved", Only: true, Want: inText("Ixu Qorlan")},
	{Name: "text, labelled", Text: "Ansprechpartner: Ixu Qorlan", Only: true, Want: inText("Ixu Qorlan")},
	{Name: "text, with an address", Text: "Ixu Qorlan <ixu@example.org> wrote", Only: true, Want: inText("Ixu Qorlan")},
	{Name: "text, Japanese", Text: "昨日、田中太郎様からお電話をいただきました。", Only: true, Want: inText("田中太郎")},
	{Name: "text, Japanese with a long family name", Text: "長谷川さんへ", Only: true, Want: inText("長谷川")},
	{Name: "text, Japanese form", Text: "氏名：山田 花子\n", Only: true, Want: inText("山田 花子")},
	{Name: "text, Japanese words", Text: "お客様と皆様へ。仕様は同様です。たくさんの神様。氏名：必須", Only: true},
	{Name: "text, Hindi form", Text: "नाम: राम नमूना\nपता: यहाँ", Only: true, Line: true, Want: inText("राम नमूना")},
	{Name: "text, Hindi honorific", Text: "कल श्रीमती सीता नमूना ने फोन किया", Only: true, Line: true, Want: inText("सीता नमूना")},
	{Name: "text, Arabic form", Text: "الاسم: سامي مثال\nالهاتف", Only: true, Line: true, Want: inText("سامي مثال")},
	{Name: "text, Arabic honorific", Text: "اتصل السيد سامي مثال، أمس", Only: true, Line: true, Want: inText("سامي مثال")},
	{Name: "text, Hebrew form", Text: "שם מלא: דנה דוגמה\n", Only: true, Line: true, Want: inText("דנה דוגמה")},
	{Name: "text, Hindi and Arabic words", Text: "श्री प्रधान मंत्री ने कहा। नाम: दर्ज करें। السيد الرئيس قال. الاسم: مطلوب غير. اسم الشركة الجديدة", Only: true, Line: true},
	{Name: "text, Chinese", Text: "请联系张伟先生确认。", Only: true, Want: inText("张伟")},
	{Name: "text, Chinese family name", Text: "下午由李女士接待。", Only: true, Want: inText("李")},
	{Name: "text, Chinese form", Text: "姓名: 欧阳小龙\n", Only: true, Want: inText("欧阳小龙")},
	{Name: "text, Chinese words", Text: "各位先生和女士，主任先生。姓名：必填", Only: true},
	{Name: "text, with a patronymic", Text: "Договор подписал Кузнецов Пётр Сергеевич вчера.", Only: true, Want: inText("Кузнецов Пётр Сергеевич")},
	{Name: "text, patronymic before the family name", Text: "Звонила Анна Викторовна Смирнова.", Only: true, Want: inText("Анна Викторовна Смирнова")},
	{Name: "text, Korean", Text: "어제 김민수 씨가 전화했습니다.", Only: true, Want: inText("김민수")},
	{Name: "text, Korean form", Text: "이름: 박서연\n", Only: true, Want: inText("박서연")},
	{Name: "text, Korean words", Text: "고객님, 선생님, 이사장님, 이용자님, 하나님, 변호사님", Only: true},
	{Name: "text, signed", Text: "Kind regards,\nIxu Qorlan\n", Only: true, Want: inText("Ixu Qorlan")},
	{Name: "text, several parts", Text: "there came Maria Luisa de la Cruz and others", Only: true, Want: inText("Maria Luisa de la Cruz")},
	{Name: "text, hyphen and apostrophe", Text: "it was Jean-Pierre O'Connor who paid", Only: true, Want: inText("Jean-Pierre O'Connor")},
	{Name: "text, an initial", Text: "the account of Hannah B. Miller is closed", Only: true, Want: inText("Hannah B. Miller")},
	{Name: "text, Cyrillic", Text: "вчера Мария Иванова пришла", Only: true, Want: inText("Мария Иванова")},
	{Name: "text, first word of a sentence", Text: "When Hannah Miller called, nobody answered.", Only: true, Want: inText("Hannah Miller")},
	{Name: "no name: places", Text: "from San Francisco to Paris France and Virginia Beach by way of Victoria Falls", Only: true},
	{Name: "no name: months", Text: "on May Monday and in April June", Only: true},
	{Name: "no name: organisations", Text: "Hannah Miller University and Martin Taylor Ltd and Morgan Stanley", Only: true},
	{Name: "no name: streets", Text: "we met at Hannah Miller Street", Only: true},
	{Name: "no name: a street and its number", Text: "we met at Willem Peters 188", Only: true},
	{Name: "no name: a heading", Text: "The Hannah Miller Guide To Very Long Capitalised Headings Of Books", Only: true},
	{Name: "no name: a customer", Text: "Dear Valued Customer, thank you", Only: true},
	{Name: "no name: source text", Text: "if (x[0] == y[1]) { call(\"a Hannah Miller b\"); }", Only: true, Line: true},
	{Name: "no name: words that are names elsewhere", Text: "by the General Public Licenses, Server Sent Events and Valid Self of Hong Kong", Only: true},
	{Name: "no name: two words", Text: "the Quick Brown of Lazy Dogs", Only: true},
}

// inText wants names of people in running text.
func inText(values ...string) []detectors.Finding { return named(detectors.RolePerson, values...) }

func TestProse(t *testing.T)  { detectortest.Accept(t, New(), proseCases) }
func FuzzDetect(f *testing.F) { detectortest.Fuzz(f, New(), proseCases) }

var cases = []detectortest.Case{
	{Name: "exif artist", Tags: tag("IFD0", "Artist", "Ana Silva"), Want: sure(creator, "artist", "Ana Silva", "ana silva")},
	{Name: "exif artists", Tags: tag("IFD0", "Artist", "Ana Silva; Bo Berg"), Want: named(creator, "Ana Silva", "Bo Berg")},
	{Name: "exif artist with a life in brackets", Tags: tag("IFD0", "Artist", "Ana Silva (1867-1946); born in Galway"), Want: named(creator, "Ana Silva (1867-1946); born in Galway")},
	{Name: "windows authors", Tags: tag("IFD0", "XPAuthor", "Silva, Ana;Berg, Bo"), Want: named(author, "Silva, Ana", "Berg, Bo")},
	{Name: "camera owner", Tags: tag("ExifIFD", "OwnerName", "Thandiwe Molefe"), Want: sure(owner, "owner", "Thandiwe Molefe", "molefe thandiwe")},
	{Name: "owner in a maker note", Tags: tag("Canon", "OwnerName", "Ana Silva"), Want: sure(owner, "owner", "Ana Silva", "ana silva")},
	{Name: "exif 3 people", Tags: tags{{Group: "ExifIFD", Name: "Photographer", Value: "Ana Silva"}, {Group: "ExifIFD", Name: "ImageEditor", Value: "Bo Berg"}}, Want: append(named(creator, "Ana Silva"), named(editor, "Bo Berg")...)},
	{Name: "exif copyright", Tags: tag("IFD0", "Copyright", "(c) 2024 Ana Silva, all rights reserved"), Want: named(copyright, "(c) 2024 Ana Silva, all rights reserved")},
	{Name: "copyright of a company", Tags: tag("IFD0", "Copyright", "Example Pictures Ltd"), Want: named(copyright, "Example Pictures Ltd")},
	{Name: "copyright of a maker", Tags: tag("IFD0", "Copyright", "Google"), Want: named(copyright, "Google")},
	{Name: "copyright under a licence", Tags: tag("IPTC", "CopyrightNotice", "Creative Commons Attribution-ShareAlike (CC BY-SA)"), Want: named(copyright, "Creative Commons Attribution-ShareAlike (CC BY-SA)")},
	{Name: "computer named after its owner", Tags: tag("IFD0", "HostComputer", "Ana’s MacBook Pro"), Want: named(owner, "Ana")},
	{Name: "computer named after its owner, French", Tags: tag("IFD0", "HostComputer", "MacBook Pro de Ana Silva"), Want: named(owner, "Ana Silva")},
	{Name: "iptc", Tags: tags{{Group: "IPTC", Name: "By-line", Value: "Ana Silva"}, {Group: "IPTC", Name: "By-lineTitle", Value: "Staff Photographer"}, {Group: "IPTC", Name: "Writer-Editor", Value: "Bo Berg"}, {Group: "IPTC", Name: "Credit", Value: "Cy Cole"}},
		Want: append(named(creator, "Ana Silva", "Cy Cole"), named(editor, "Bo Berg")...)},
	{Name: "music", Tags: tags{{Group: "ID3", Name: "InterpretedBy", Value: "Ana Silva"}, {Group: "ID3", Name: "InvolvedPeople", Value: "Bo Berg"}, {Group: "Matroska", Name: "SoundEngineer", Value: "Cy Cole"}}, Want: named(creator, "Ana Silva", "Bo Berg", "Cy Cole")},
	{Name: "bought by", Tags: tags{{Group: "ID3", Name: "FileOwner", Value: "Ana Silva"}, {Group: "ID3", Name: "FileOwner", Value: "ana_88"}}, Want: named(owner, "Ana Silva")},
	{Name: "iptc, one word", Tags: tag("IPTC", "By-line", "anasilva"), Want: named(creator, "anasilva")},
	{Name: "xmp creators", Tags: tags{{Group: "XMP", Name: "dc:creator[1]", Value: "Ana Silva"}, {Group: "XMP", Name: "dc:creator[2]", Value: "Мария Соколова"}}, Want: named(creator, "Ana Silva", "Мария Соколова")},
	{Name: "xmp rights in two languages", Tags: tags{{Group: "XMP", Name: "dc:rights[1]", Value: "Ana Silva"}, {Group: "XMP", Name: "dc:rights[2]", Value: "Ana Silva"}}, Want: named(copyright, "Ana Silva")},
	{Name: "xmp owner", Tags: tags{{Group: "XMP", Name: "aux:OwnerName", Value: "Ana Silva"}, {Group: "XMP", Name: "exifEX:CameraOwnerName", Value: "Ana Silva"}, {Group: "XMP", Name: "xmpRights:Owner[1]", Value: "Ana Silva"}}, Want: named(owner, "Ana Silva", "Ana Silva", "Ana Silva")},
	{Name: "photoshop", Tags: tags{{Group: "XMP", Name: "photoshop:CaptionWriter", Value: "王小明"}, {Group: "XMP", Name: "photoshop:AuthorsPosition", Value: "Staff Writer"}, {Group: "XMP", Name: "photoshop:Credit", Value: "Bo Berg"}}, Want: append(named(editor, "王小明"), named(creator, "Bo Berg")...)},
	{Name: "plus", Tags: tags{{Group: "XMP", Name: "plus:ImageCreator[1]/plus:ImageCreatorName", Value: "Ana Silva"}, {Group: "XMP", Name: "plus:CopyrightOwner[1]/plus:CopyrightOwnerName", Value: "Bo Berg"}, {Group: "XMP", Name: "plus:Licensor[1]/plus:LicensorName", Value: "Cy Cole"}, {Group: "XMP", Name: "plus:ImageCreator[1]/plus:ImageCreatorID", Value: "PLUS-123"}},
		Want: append(named(creator, "Ana Silva"), append(named(copyright, "Bo Berg"), named(contact, "Cy Cole")...)...)},
	{Name: "artwork", Tags: tag("XMP", "Iptc4xmpExt:ArtworkOrObject[1]/Iptc4xmpExt:AOCreator[1]", "Ana Silva"), Want: named(creator, "Ana Silva")},
	{Name: "creator of a drawing", Tags: tags{{Group: "XMP", Name: "dc:creator/cc:Agent/dc:title", Value: "Ana Silva"}, {Group: "XMP", Name: "dc:rights/cc:Agent/dc:title", Value: "Bo Berg"}}, Want: append(named(creator, "Ana Silva"), named(copyright, "Bo Berg")...)},
	{Name: "another vocabulary", Tags: tag("XMP", "art:creator", "Ana Silva"), Want: named(creator, "Ana Silva")},
	{Name: "ingredient's creator", Tags: tag("XMP", "xmpMM:Pantry[1]/dc:creator[1]", "Ana Silva"), Want: named(creator, "Ana Silva")},
	{Name: "png text", Tags: tags{{Group: "PNG", Name: "Author", Value: "Ana Silva"}, {Group: "PNG", Name: "Copyright", Value: "Bo Berg"}}, Want: append(named(author, "Ana Silva"), named(copyright, "Bo Berg")...)},
	{Name: "documents", Tags: tags{{Group: "meta", Name: "Author", Value: "Ana Silva"}, {Group: "meta", Name: "LastModifiedBy", Value: "Bo Berg"}, {Group: "meta", Name: "Manager", Value: "Cy Cole"}}, Want: append(named(author, "Ana Silva"), append(named(editor, "Bo Berg"), named(contact, "Cy Cole")...)...)},
	{Name: "who wrote in a document", Tags: tags{{Group: "ODF", Name: "Initial-creator", Value: "Ana Silva"}, {Group: "OOXML", Name: "CommentAuthor", Value: "Bo Berg"}, {Group: "OOXML", Name: "RevisionAuthor", Value: "Cy Cole"}, {Group: "OLE", Name: "LastSavedBy", Value: "Dee Dunn"}, {Group: "ODF", Name: "Printed-by", Value: "Eve Ek"}},
		Want: append(named(author, "Ana Silva", "Bo Berg"), named(editor, "Cy Cole", "Dee Dunn", "Eve Ek")...)},
	{Name: "sound", Tags: tags{{Group: "tag", Name: "ARTIST", Value: "Ana Silva Quartet"}, {Group: "meta", Name: "com.apple.quicktime.author", Value: "Bo Berg"}}, Want: append(named(creator, "Ana Silva Quartet"), named(author, "Bo Berg")...)},
	{Name: "stored beside the object", Tags: tags{{Group: "meta", Name: "uploader-name", Value: "Ana Silva"}, {Group: "tag", Name: "owner", Value: "ana"}, {Group: "meta", Name: "customer_name", Value: "Bo Berg"}}, Want: append(named(owner, "Ana Silva", "ana"), named(detectors.RolePerson, "Bo Berg")...)},
	{Name: "numbers stored beside the object", Tags: tags{{Group: "meta", Name: "owner", Value: "4711"}, {Group: "meta", Name: "user", Value: "9f1c2a7e-07be-4e5d-9c1d-07be2f3a9c1d"}, {Group: "tag", Name: "name", Value: "IMG_0001.jpg"}, {Group: "tag", Name: "owner", Value: "platform-team"}}},

	{Name: "mail", Tags: tags{{Group: "Mail", Name: "From", Value: "Ana Silva <ana@example.org>"}, {Group: "Mail", Name: "To", Value: "Bo Berg <bo@example.org>"}, {Group: "Mail", Name: "Cc", Value: "王小明 <w@example.org>"}, {Group: "Mail", Name: "Subject", Value: "Cy Cole"}},
		Want: append(named(detectors.RoleSender, "Ana Silva"), named(detectors.RoleRecipient, "Bo Berg", "王小明")...)},
	{Name: "mail without names", Tags: tags{{Group: "Mail", Name: "From", Value: "ana@example.org"}, {Group: "Mail", Name: "To", Value: "bo@example.org <bo@example.org>"}, {Group: "Mail", Name: "Cc", Value: "<cy@example.org>"}}},
	{Name: "cards and calendars", Tags: tags{{Group: "vCard", Name: "FormattedName", Value: "Ana Silva"}, {Group: "iCalendar", Name: "Attendee[2]", Value: "Bo Berg <bo@example.org>"}, {Group: "iCalendar", Name: "Summary", Value: "Cy Cole"}}, Want: named(contact, "Ana Silva", "Bo Berg")},

	{Name: "a document", Tags: tags{{Group: "PDF", Name: "Author", Value: "Ana Silva"}, {Group: "PDF", Name: "Creator", Value: "Bo Berg Writer"}, {Group: "PDF", Name: "Producer", Value: "Cy Cole PDF"}, {Group: "PDF", Name: "AnnotationAuthor", Value: "Dee Dunn"}, {Group: "PDF", Name: "SignerName", Value: "Eve Ek"}}, Want: named(author, "Ana Silva", "Dee Dunn", "Eve Ek")},
	{Name: "fields of a form", Tags: tags{{Group: "form", Name: "FullName", Value: "Ana Silva"}, {Group: "form", Name: "Last_Name", Value: "Berg"}, {Group: "form", Name: "Colour", Value: "Cy Cole"}}, Want: named(detectors.RolePerson, "Ana Silva", "Berg")},

	{Name: "makers' defaults", Tags: tags{{Group: "IFD0", Name: "Artist", Value: "OLYMPUS DIGITAL CAMERA"}, {Group: "ExifIFD", Name: "OwnerName", Value: "Canon"}, {Group: "IFD0", Name: "Artist", Value: "Picasa 3.0"}, {Group: "IFD0", Name: "XPAuthor", Value: "Microsoft Office User"}, {Group: "XMP", Name: "dc:creator[1]", Value: "Adobe Photoshop CS6"}, {Group: "PNG", Name: "Author", Value: "ImageMagick 7"}}},
	{Name: "placeholders", Tags: tags{{Group: "IFD0", Name: "Artist", Value: "unknown"}, {Group: "ExifIFD", Name: "OwnerName", Value: "Owner"}, {Group: "IFD0", Name: "Copyright", Value: "N/A"}, {Group: "XMP", Name: "dc:creator[1]", Value: "-"}, {Group: "IPTC", Name: "By-line", Value: "default"}, {Group: "IFD0", Name: "Copyright", Value: "Your Name"}}},
	{Name: "numeric owner", Tags: tag("ExifIFD", "OwnerName", "0000000")},
	{Name: "fields of programs", Tags: tags{{Group: "XMP", Name: "xmp:CreatorTool", Value: "Ana Paint"}, {Group: "XMP", Name: "pdf:Producer", Value: "Bo Writer"}, {Group: "XMP", Name: "xmpMM:History[1]/stEvt:softwareAgent", Value: "Cy Edit"}, {Group: "IFD0", Name: "Software", Value: "Dee Raw"}, {Group: "IFD0", Name: "HostComputer", Value: "iPhone 12"}, {Group: "ICC_Profile", Name: "ProfileCopyright", Value: "Profile Makers"}, {Group: "XMP", Name: "crs:Look/crs:Copyright", Value: "Look Makers"}}},
	{Name: "name and subject of a document", Tags: tags{{Group: "meta", Name: "Name", Value: "Sunset Beach"}, {Group: "meta", Name: "Subject", Value: "Quarterly Results"}}},
	{Name: "titles", Tags: tags{{Group: "XMP", Name: "dc:title[1]", Value: "Ana Silva"}, {Group: "IPTC", Name: "Headline", Value: "Ana Silva wins"}}},
	{Name: "a device with an apostrophe", Tags: tag("IFD0", "HostComputer", "World's best PC")},
}

func TestAccept(t *testing.T) { detectortest.Accept(t, New(), cases) }

func FuzzTags(f *testing.F) { detectortest.FuzzTags(f, New(), cases) }

// TestWeaker puts what may be nobody's name below what is plainly one.
func TestWeaker(t *testing.T) {
	of := func(list tags) (c float64) {
		if err := New().Detect(&detectors.Part{Tags: list}, func(f detectors.Finding) { c = f.Confidence }); err != nil {
			t.Fatal(err)
		}
		return c
	}
	for _, name := range []string{"Artist", "Copyright"} {
		plain := of(tag("IFD0", name, "Ana Silva"))
		for _, value := range []string{"Example Ltd", "anas", strings.Repeat("a long text ", 50)} {
			if c := of(tag("IFD0", name, value)); c >= plain || c < detectortest.Reported {
				t.Errorf("%s: %.10q has confidence %v, a name %v", name, value, c, plain)
			}
		}
	}
}
