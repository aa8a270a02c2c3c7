convolab_test(tst_canvas SOURCES tst_canvas.cpp LIBS convolab_widgets GUI offscreen)
convolab_test(tst_canvas_blocks SOURCES tst_canvas_blocks.cpp LIBS convolab_widgets GUI offscreen)
convolab_test(tst_canvas_gestures SOURCES tst_canvas_gestures.cpp LIBS convolab_widgets GUI offscreen)
convolab_test(tst_real_mouse SOURCES tst_real_mouse.cpp LIBS convolab_widgets GUI xvfb)
