convolab_test(tst_maps SOURCES tst_maps.cpp LIBS convolab_widgets GUI offscreen)
convolab_test(tst_value_views SOURCES tst_value_views.cpp LIBS convolab_widgets GUI offscreen)
